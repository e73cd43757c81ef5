"""A Keras model behind the signature that its exports have."""

from collections.abc import Mapping

from mtc_tf.errors import InputError
from mtc_tf.inference.row_classifier import RowClassifier
from mtc_tf.runs.model_facts import ARGUMENTS
from mtc_tf.runs.model_facts import argument_name
from mtc_tf.tasks import MODEL_INPUTS


def classifier_of(facts, function, source):
    """Puts a Keras model behind the call of a classifier, and tries it.

    Args:
        facts: `ModelFacts`.
        function: `tf.function`, what `serving_function` gives.
        source: path of the model, for messages.

    Returns:
        A `RowClassifier`.

    Raises:
        InputError: if the model is not as described.
    """
    return RowClassifier(
        facts, lambda rows: function(*facts.arguments(rows).values())
    ).check(source)


def serving_function(model, scaler, confidence=None):
    """Gives a Keras model the signature that its exports have.

    Args:
        model: a Keras model with one named input and named outputs.
        scaler: None for a model of packets or flows; for a model of records
            the `mtc_tf.features.scaler.Scaler` that its training records were
            scaled with.
        confidence: `mtc_tf.runs.confidence.Confidence`, which changes the
            probabilities and adds an output; None for the model as it is.

    Returns:
        `tf.function` of tensors, named and ordered as by
        `ModelFacts.arguments`: `packets`, uint8 `(batch, 1500)`, `series`,
        float32 `(batch, packets, 68)`, or a float32 `(batch,)` for each
        feature. It is traced once, for batches of every size.
    """
    if scaler is None:
        name, _ = _only_input(model)
        return rows_function(model, ARGUMENTS.get(name, name), confidence)
    return _record_function(model, scaler, confidence)


def rows_function(model, argument="rows", confidence=None):
    """Gives a Keras model a function of rows as the dataset holds them.

    Args:
        model: a Keras model with one named input and named outputs.
        argument: str. Name of the function's argument.
        confidence: as of `serving_function`.

    Returns:
        `tf.function` of one tensor, of the shape and type of the model's
        input. It is traced once, for batches of every size.
    """
    import tensorflow as tf

    name, symbol = _only_input(model)
    specification = tf.TensorSpec(symbol.shape, symbol.dtype, name=argument)
    answer = _answering(model, confidence)

    @tf.function(input_signature=[specification])
    def probabilities(rows):
        return answer({name: rows})

    return probabilities


def _record_function(model, scaler, confidence):
    import tensorflow as tf

    from mtc_tf.layers.quantile_scaling import QuantileScaling

    name, _ = _only_input(model)
    scaling = QuantileScaling(scaler.quantiles)
    answer = _answering(model, confidence)
    specifications = [
        tf.TensorSpec((None,), tf.float32, name=argument_name(feature))
        for feature in scaler.features
    ]

    @tf.function(input_signature=specifications)
    def probabilities(*columns):
        rows = tf.stack(columns, axis=1)  # (batch, features)
        return answer({name: scaling(rows)})

    return probabilities


def _answering(model, confidence):
    if confidence is None:
        return lambda inputs: model(inputs, training=False)
    # Here, since a TFLite file is run without Keras.
    from mtc_tf.inference.confident_model import confident

    return confident(model, confidence)


def _only_input(model):
    """Name and symbol of the one input that models of this package have."""
    inputs = model.input
    if not isinstance(inputs, Mapping) or len(inputs) != 1:
        raise InputError(
            "the model has other inputs than those of this package, which "
            f"have one of {', '.join(MODEL_INPUTS)}"
        )
    [(name, symbol)] = inputs.items()
    return name, symbol
