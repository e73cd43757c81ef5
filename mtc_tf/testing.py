"""Checks that every layer and every model of this package must pass."""

import pathlib
import tempfile

import keras
import numpy as np


def check_layer(layer, inputs, output_shape):
    """Runs the generic checks on one layer.

    Configuration round trip, output shape (computed and real), gradients that
    reach every weight, and equal outputs after saving and loading.

    Args:
        layer: a new `keras.layers.Layer`.
        inputs: list of arrays, the layer's positional call arguments.
        output_shape: tuple, or a tuple of tuples for several outputs.

    Raises:
        AssertionError: if one of the checks fails.
    """
    config = layer.get_config()
    copy = type(layer).from_config(config)
    _equal(copy.get_config(), config, "configuration after a round trip")

    symbolic = [keras.Input(x.shape[1:]) for x in inputs]
    model = keras.Model(symbolic, layer(*symbolic))
    outputs = model(inputs)
    _equal(_shapes(outputs), _as_tuple_of_shapes(output_shape), "output shape")
    computed = layer.compute_output_shape(*[x.shape for x in inputs])
    _equal(
        _as_tuple_of_shapes(computed),
        _as_tuple_of_shapes(output_shape),
        "computed output shape",
    )
    _check_training(model, inputs)
    _check_saving(model, inputs)


def check_model(model, num_classes):
    """Runs the generic checks on one comparison model.

    Configuration round trip, probabilities of the right shape for each task,
    and equal outputs after saving and loading.

    Args:
        model: a new `keras.Model` with one input of rows.
        num_classes: dict from task name to the number of classes expected.

    Raises:
        AssertionError: if one of the checks fails.
    """
    config = model.get_config()
    copy = type(model).from_config(config)
    _equal(copy.get_config(), config, "configuration after a round trip")
    _equal(copy.count_params(), model.count_params(), "parameters of the copy")

    inputs, _ = separable_rows(model, rows=5)
    outputs = model.predict_on_batch(inputs)
    _equal(
        {task: tuple(y.shape) for task, y in outputs.items()},
        {task: (5, classes) for task, classes in num_classes.items()},
        "output shapes",
    )
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.keras"
        model.save(path)
        loaded = keras.saving.load_model(path)
    _equal(loaded.get_config(), config, "configuration after loading")
    received = loaded.predict_on_batch(inputs)
    for task, expected in outputs.items():
        np.testing.assert_allclose(expected.sum(axis=1), 1, rtol=1e-5)
        np.testing.assert_allclose(received[task], expected, atol=1e-6)


def check_model_learns(model, epochs=25, learning_rate=3e-3):
    """Trains a model on separable rows and looks at every task.

    Args:
        model: `keras.Model` with three classes for each task.
        epochs: int. Epochs of three steps to train.
        learning_rate: float. Adam's rate.

    Raises:
        AssertionError: if a task is answered wrongly for a tenth of the rows.
    """
    inputs, labels = separable_rows(model, rows=96)
    model.compile(
        keras.optimizers.Adam(learning_rate),
        {task: "sparse_categorical_crossentropy" for task in model.output},
        jit_compile=False,
    )
    targets = dict.fromkeys(model.output, labels)
    model.fit(inputs, targets, epochs=epochs, batch_size=32, verbose=0)
    for task, probabilities in model.predict(inputs, verbose=0).items():
        share = np.mean(probabilities.argmax(axis=1) == labels)
        if share <= 0.9:
            raise AssertionError(f"{task}: only {share:.0%} learned")


def check_pretraining(make_model, layers, errors):
    """Checks what `pretrain` of a model sets, and what it depends on.

    Args:
        make_model: callable without arguments -> a new `keras.Model`.
        layers: list of str. Names of the layers that it sets, the last one
            being compared between seeds.
        errors: int. How many errors it returns.

    Raises:
        AssertionError: if it sets other layers, returns other errors, or
            does not go by its seed alone.
    """
    first = _pretrained_kernel(make_model, layers, errors, seed=1)
    again = _pretrained_kernel(make_model, layers, errors, seed=1)
    other = _pretrained_kernel(make_model, layers, errors, seed=2)
    np.testing.assert_allclose(again, first, atol=1e-6)
    if np.allclose(other, first, atol=1e-3):
        raise AssertionError("two seeds gave the same weights")


def _pretrained_kernel(make_model, layers, errors, seed):
    keras.utils.set_random_seed(0)
    model = make_model()
    before = {layer.name: layer.get_weights() for layer in model.layers}
    [rows] = separable_rows(model, 40)[0].values()
    received = model.pretrain(rows, seed)
    _equal(len(received), errors, "number of errors")
    if not all(0 < error < 0.5 for error in received):
        raise AssertionError(f"errors of pre-training: {received}")
    changed = {
        layer.name
        for layer in model.layers
        if any(
            not np.array_equal(old, new)
            for old, new in zip(
                before[layer.name], layer.get_weights(), strict=True
            )
        )
    }
    _equal(changed, set(layers), "layers that were set")
    return model.get_layer(layers[-1]).get_weights()[0]


def separable_rows(model, rows, seed=0):
    """Makes rows of three classes, told apart by their first values.

    Noise, but every third value of the row's first third is large: the first,
    fourth, ... in the first class, the second, fifth, ... in the second.

    Args:
        model: `keras.Model` with one input `(batch, length)`, whole numbers
            up to 255 or floats up to 1.
        rows: int. Number of rows.
        seed: int. Seed of the rows.

    Returns:
        tuple of the model's inputs and the labels, int `(rows,)`.
    """
    ((name, tensor),) = model.input.items()
    length = tensor.shape[1]
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, rows)
    values = rng.random((rows, length)) / 2
    large = np.arange(length) % 3 == labels[:, None]
    values[:, : length // 3] += large[:, : length // 3] / 2
    scale = 255 if tensor.dtype == "uint8" else 1
    return {name: (values * scale).astype(tensor.dtype)}, labels


def _check_training(model, inputs):
    before = [_to_numpy(weight) for weight in model.trainable_weights]
    model.compile("sgd", loss=["mse"] * len(model.outputs))
    rng = np.random.default_rng(1)
    targets = [rng.normal(size=y.shape) for y in _as_list(model(inputs))]
    model.fit(inputs, targets, epochs=3, batch_size=len(inputs[0]), verbose=0)
    for weight, old in zip(model.trainable_weights, before, strict=True):
        if np.array_equal(_to_numpy(weight), old):
            raise AssertionError(f"{weight.path} was not trained")


def _check_saving(model, inputs):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.keras"
        model.save(path)
        loaded = keras.saving.load_model(path)
    for expected, received in zip(
        _as_list(model(inputs)), _as_list(loaded(inputs)), strict=True
    ):
        np.testing.assert_allclose(
            _to_numpy(received), _to_numpy(expected), atol=1e-6
        )


def _to_numpy(tensor):
    """Unlike `np.array`, takes tensors and variables of every backend."""
    return keras.ops.convert_to_numpy(tensor)


def _as_list(outputs):
    return list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]


def _shapes(outputs):
    return tuple(tuple(y.shape) for y in _as_list(outputs))


def _as_tuple_of_shapes(shape):
    if isinstance(shape[0], (list, tuple)):
        return tuple(tuple(part) for part in shape)
    return (tuple(shape),)


def _equal(received, expected, what):
    if received != expected:
        raise AssertionError(f"{what}: expected {expected}, got {received}")
