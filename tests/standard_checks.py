"""Checks that every layer and every model of this package must pass."""

import contextlib
import pathlib
import tempfile

import keras
import numpy as np

from mtc_tf.features import packet_series

# Of the length of a weight's change. bfloat16 has three digits, but a ReLU or a
# maximum that falls to the other side counts for more in so few rows.
_BFLOAT16_TOLERANCE = 0.4


def check_layer(layer, inputs, output_shape):
    """Runs the generic checks on one layer.

    Configuration round trip, output shape (computed and real), gradients that
    reach every weight, equal outputs after saving and loading, and nearly the
    same training step under mixed precision.

    Args:
        layer: a new `keras.layers.Layer` that drops nothing.
        inputs: list of arrays, the layer's positional call arguments.
        output_shape: tuple, or a tuple of tuples for several outputs.

    Raises:
        AssertionError: if one of the checks fails.
    """
    config = layer.get_config()
    copy = type(layer).from_config(config)
    _equal(copy.get_config(), config, "configuration after a round trip")

    model = _functional(layer, inputs)
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

    exact, mixed = (
        _functional(
            type(layer).from_config({**config, "dtype": policy}), inputs
        )
        for policy in ("float32", "mixed_bfloat16")
    )
    rng = np.random.default_rng(1)
    targets = [rng.normal(size=y.shape) for y in _as_list(outputs)]
    losses = ["mse"] * len(targets)
    _check_mixed_precision(exact, mixed, inputs, targets, losses)


def check_mixed_precision(make_model):
    """Compares a training step under `mixed_bfloat16` with one in float32.

    Args:
        make_model: callable without arguments -> a new `keras.Model` with one
            input of rows, which has three classes for each task and drops
            nothing.

    Raises:
        AssertionError: if the answers are not float32, or if the step changes
            a weight otherwise.
    """
    models = []
    for policy in ("float32", "mixed_bfloat16"):
        with _dtype_policy(policy):
            models.append(make_model())
    exact, mixed = models
    for task, output in mixed.output.items():
        _equal(output.dtype, "float32", f"type of {task}")
    inputs, labels = separable_rows(exact, rows=64)
    targets = dict.fromkeys(exact.output, labels)
    loss = "sparse_categorical_crossentropy"
    _check_mixed_precision(exact, mixed, inputs, targets, loss)


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
    frozen = type(model).from_config({**config, "trainable": False})
    _equal(frozen.get_config()["trainable"], False, "frozen configuration")
    _equal(frozen.trainable, False, "frozen copy")

    inputs, _ = separable_rows(model, rows=5)
    outputs = _answers(model, inputs)
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
    received = _answers(loaded, inputs)
    for task, expected in outputs.items():
        np.testing.assert_allclose(expected.sum(axis=1), 1, rtol=1e-5)
        np.testing.assert_allclose(received[task], expected, atol=1e-6)


def check_model_learns(model, steps=50, learning_rate=0.01):
    """Trains a model on separable rows and looks at every task.

    Args:
        model: `keras.Model` with three classes for each task.
        steps: int. Steps to train, each on all rows.
        learning_rate: float. Adam's rate.

    Raises:
        AssertionError: if a task is answered wrongly for a tenth of the rows.
    """
    inputs, labels = separable_rows(model, rows=96)
    model.compile(
        keras.optimizers.Adam(learning_rate),
        {task: "sparse_categorical_crossentropy" for task in model.output},
        # To compile it by XLA takes longer than these steps.
        jit_compile=False,
    )
    targets = dict.fromkeys(model.output, labels)
    for _ in range(steps):
        model.train_on_batch(inputs, targets)
    for task, probabilities in _answers(model, inputs).items():
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
            up to 255 or floats up to 1; or `(batch, packets, 68)`, of which
            each third packet, from the first, the second or the third on, is
            larger.
        rows: int. Number of rows.
        seed: int. Seed of the rows.

    Returns:
        tuple of the model's inputs and the labels, int `(rows,)`.
    """
    ((name, tensor),) = model.input.items()
    length = tensor.shape[1]
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, rows)
    if len(tensor.shape) == 3:
        return {name: _series(rng, length, labels)}, labels
    values = rng.random((rows, length)) / 2
    large = np.arange(length) % 3 == labels[:, None]
    values[:, : length // 3] += large[:, : length // 3] / 2
    scale = 255 if tensor.dtype == "uint8" else 1
    return {name: (values * scale).astype(tensor.dtype)}, labels


def _series(rng, packets, labels):
    """Windows of packets; the last one of every second window is absent."""
    rows = np.zeros((len(labels), packets, 68), "float32")
    is_large = np.arange(packets) % 3 == labels[:, None]
    rows[:, :, :64] = rng.integers(0, 100, (len(labels), packets, 64))
    rows[:, :, :64] += 155 * is_large[:, :, None]
    rows[:, :, packet_series.SIZE] = 60 + 1400 * is_large
    rows[:, :, packet_series.DIRECTION] = rng.integers(0, 2, is_large.shape)
    rows[:, 1:, packet_series.GAP] = rng.random((len(labels), packets - 1))
    rows[:, :, packet_series.POSITION] = np.arange(packets)
    rows[::2, -1] = 0
    return rows


def _functional(layer, inputs):
    """A model of nothing but this layer."""
    symbolic = [keras.Input(x.shape[1:]) for x in inputs]
    return keras.Model(symbolic, layer(*symbolic))


@contextlib.contextmanager
def _dtype_policy(policy):
    """Sets Keras's global policy, in a `with` statement."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _check_mixed_precision(exact, mixed, inputs, targets, loss):
    """Compares what one step changes in the weights of two models."""
    for weight, mixed_weight in zip(exact.weights, mixed.weights, strict=True):
        _equal(mixed_weight.dtype, weight.dtype, f"type of {weight.path}")
        mixed_weight.assign(weight)
    before = [_to_numpy(weight) for weight in exact.weights]
    for model in (exact, mixed):
        model.compile(keras.optimizers.SGD(0.1), loss, run_eagerly=True)
        model.train_on_batch(inputs, targets)
    changes = [
        [
            _to_numpy(w) - old
            for w, old in zip(model.weights, before, strict=True)
        ]
        for model in (exact, mixed)
    ]
    # What is nearly zero beside the others' changes is rounding alone.
    total = np.sqrt(sum(np.sum(np.square(change)) for change in changes[0]))
    for weight, expected, received in zip(exact.weights, *changes, strict=True):
        distance = np.linalg.norm(received - expected)
        allowed = _BFLOAT16_TOLERANCE * np.linalg.norm(expected) + 0.01 * total
        if not distance <= allowed:
            raise AssertionError(
                f"{weight.path} changed otherwise under mixed precision: "
                f"distance {distance}, allowed {allowed}"
            )


def _check_training(model, inputs):
    before = [_to_numpy(weight) for weight in model.trainable_weights]
    model.compile("sgd", ["mse"] * len(model.outputs), run_eagerly=True)
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


def _answers(model, inputs):
    """The outputs of a model as arrays, without compiling it."""
    outputs = model(inputs, training=False)
    return {task: _to_numpy(y) for task, y in outputs.items()}


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
