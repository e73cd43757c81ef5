"""Checks that every layer of this package must pass."""

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


def _check_training(model, inputs):
    before = [np.array(weight) for weight in model.trainable_weights]
    model.compile("sgd", loss=["mse"] * len(model.outputs))
    rng = np.random.default_rng(1)
    targets = [rng.normal(size=y.shape) for y in _as_list(model(inputs))]
    model.fit(inputs, targets, epochs=3, batch_size=len(inputs[0]), verbose=0)
    for weight, old in zip(model.trainable_weights, before, strict=True):
        if np.array_equal(np.array(weight), old):
            raise AssertionError(f"{weight.path} was not trained")


def _check_saving(model, inputs):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.keras"
        model.save(path)
        loaded = keras.saving.load_model(path)
    for expected, received in zip(
        _as_list(model(inputs)), _as_list(loaded(inputs)), strict=True
    ):
        np.testing.assert_allclose(received, expected, atol=1e-6)


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
