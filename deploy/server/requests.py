"""Requests to rows of a model, and probabilities to answers.

`{"instances": […]}` holds a value, or an object of the arguments, for each row;
`{"inputs": …}` the values of all rows, or an object of these by argument. Both
are forms of TensorFlow Serving, and are answered as it does.
"""

import numpy as np
from kserve.errors import InvalidInput

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.runs.model_facts import argument_name
from mtc_tf.runs.row_values import checked_values

_INSTANCES, _INPUTS = "instances", "inputs"


def argument_shapes(facts):
    """Returns what the serving signature takes.

    Args:
        facts: `mtc_tf.runs.model_facts.ModelFacts`.

    Returns:
        dict from argument to the shape of its values for one row.
    """
    if facts.features:
        return {argument_name(name): () for name in facts.features}
    [name] = facts.arguments(())
    return {name: facts.row_shape}


def read_json_request(payload, facts):
    """Reads a request of TensorFlow Serving's REST interface.

    Args:
        payload: what the body's JSON holds; anything.
        facts: `ModelFacts`.

    Returns:
        tuple of the rows, an array, and whether they came as `instances`.

    Raises:
        InvalidInput: if it does not fit the model.
    """
    names = list(argument_shapes(facts))
    payload = payload if isinstance(payload, dict) else {}
    given = [form for form in (_INSTANCES, _INPUTS) if form in payload]
    if len(given) != 1:
        raise InvalidInput(
            f"expected an object with either {_INSTANCES!r} or {_INPUTS!r}"
        )
    content = payload[given[0]]
    by_rows = given == [_INSTANCES]
    if by_rows and not isinstance(content, list):
        raise InvalidInput(
            f"{_INSTANCES}: expected a list, received {type(content).__name__}"
        )
    if by_rows and _are_objects(content):
        # Before there is a list for each name, of which a body may hold many.
        _check_names(set().union(*content), names)
        content = {name: [row.get(name) for row in content] for name in names}
    if not isinstance(content, dict):
        if len(names) > 1:
            raise InvalidInput(
                f"expected the {len(names)} arguments by name, received "
                f"{type(content).__name__}"
            )
        content = {names[0]: content}
    return rows_of(content, facts), by_rows


def read_infer_request(request, facts):
    """Reads a request of the Open Inference Protocol.

    Args:
        request: `kserve.protocol.infer_type.InferRequest`.
        facts: `ModelFacts`.

    Returns:
        the rows, an array.

    Raises:
        InvalidInput: if it does not fit the model.
    """
    arguments = {}
    for tensor in request.inputs:
        try:
            arguments[tensor.name] = tensor.as_numpy()
        except Exception as error:  # KServe reads it without looking
            raise InvalidInput(
                f"input {tensor.name!r}: {first_line(error)}"
            ) from error
    return rows_of(arguments, facts)


def rows_of(arguments, facts):
    """Makes the rows of a model from the arguments of its signature.

    Args:
        arguments: dict from argument to its values: array, or lists.
        facts: `ModelFacts`.

    Returns:
        array, as `RowClassifier.predict` takes it.

    Raises:
        InvalidInput: if an argument is missing or too many, of another shape
            or type, or not finite.
    """
    shapes = argument_shapes(facts)
    _check_names(arguments, shapes)
    columns = [
        _checked(name, arguments[name], shape, facts.kind.dtype)
        for name, shape in shapes.items()
    ]
    if len(set(map(len, columns))) > 1:
        raise InvalidInput("the arguments have different numbers of rows")
    return np.stack(columns, axis=1) if facts.features else columns[0]


def json_answer(outputs, by_rows):
    """Writes probabilities as TensorFlow Serving does.

    Args:
        outputs: dict from output to array `(rows, …)`.
        by_rows: bool. Whether the request had `instances`.

    Returns:
        dict. An only output has no name in it.
    """
    columns = {name: values.tolist() for name, values in outputs.items()}
    if not by_rows:
        [first, *others] = columns.values()
        return {"outputs": columns if others else first}
    if len(columns) == 1:
        [predictions] = columns.values()
        return {"predictions": predictions}
    return {
        "predictions": [
            dict(zip(columns, row, strict=True))
            for row in zip(*columns.values(), strict=True)
        ]
    }


def _check_names(received, expected):
    wrong = sorted(set(received) ^ set(expected))[:5]
    if wrong:
        raise InvalidInput(
            f"expected the arguments {_few(expected)}, received "
            f"{_few(received)}; among those that differ: {wrong}"
        )


def _checked(name, values, shape, dtype):
    array = values if isinstance(values, np.ndarray) else _array(name, values)
    try:
        return checked_values(name, array, shape, dtype)
    except InputError as error:
        raise InvalidInput(str(error)) from error


def _array(name, values):
    # NumPy makes all texts as wide as the longest, but for arrays of objects.
    array = np.array(values, object)
    types = set(map(type, array.flat))
    if list in types:
        raise InvalidInput(f"{name}: the rows have several lengths")
    if not types <= {int, float}:
        found = sorted(kind.__name__ for kind in types - {int, float})
        raise InvalidInput(
            f"{name}: expected numbers, received {', '.join(found)}"
        )
    try:
        return array.astype(np.float64)
    except OverflowError as error:
        raise InvalidInput(f"{name}: {first_line(error)}") from error


def _are_objects(rows):
    return bool(rows) and all(isinstance(row, dict) for row in rows)


def _few(names):
    names = sorted(map(str, names))
    return str(names) if len(names) <= 5 else f"[{len(names)} names]"
