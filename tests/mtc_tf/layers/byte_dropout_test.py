import keras
import numpy as np
import pytest
from backends import requires_tensorflow

from mtc_tf.layers.byte_dropout import ByteDropout

VALUES = 200_000


def _dropped(layer, *shape):
    return np.array(layer(np.ones(shape, "float32"), training=True))


@pytest.mark.parametrize("rate", [0.0, 0.1])
def test_configuration_survives(rate):
    layer = ByteDropout(rate, seed=3)
    config = layer.get_config()
    assert ByteDropout.from_config(config).get_config() == config
    inputs = np.ones((2, 5, 3), "float32")
    model = keras.Sequential([keras.Input((5, 3)), layer])
    np.testing.assert_array_equal(model(inputs, training=False), inputs)
    assert layer.compute_output_shape((2, 5, 3)) == (2, 5, 3)


@pytest.mark.parametrize(
    ("rate", "exact"),
    [
        (0.0, 0),
        (0.07, 18 / 256),
        (0.1, 26 / 256),
        (0.5, 1 / 2),
        (0.0001, 1 / 256),
        (0.9999, 255 / 256),
    ],
)
def test_exact_rate_is_the_nearest_of_256(rate, exact):
    assert ByteDropout(rate).exact_rate == exact


@pytest.mark.parametrize("rate", [0.07, 0.1, 0.5])
def test_share_mean_and_variance(rate):
    layer = ByteDropout(rate, seed=0)
    outputs = _dropped(layer, VALUES // 1000, 1000)
    p = layer.exact_rate
    # Four standard errors of a share of so many values.
    error = 4 * np.sqrt(p * (1 - p) / VALUES)
    assert abs(np.mean(outputs == 0) - p) < error
    assert abs(np.mean(outputs) - 1) < error / (1 - p)
    np.testing.assert_allclose(np.var(outputs), p / (1 - p), rtol=0.03)
    np.testing.assert_allclose(outputs[outputs > 0], 1 / (1 - p), rtol=1e-6)


@pytest.mark.parametrize("rate", [0.07, 0.1])
def test_mean_stays_under_mixed_precision(rate):
    layer = ByteDropout(rate, seed=0, dtype="mixed_bfloat16")
    # bfloat16 rounds single values, half of them up and half down.
    inputs = keras.ops.cast(1 + np.arange(100_000) % 128 / 128, "bfloat16")
    outputs = layer(keras.ops.reshape(inputs, (100, 1000)), training=True)
    assert keras.backend.standardize_dtype(outputs.dtype) == "bfloat16"
    before, after = (
        keras.ops.convert_to_numpy(keras.ops.cast(values, "float32")).ravel()
        for values in (inputs, outputs)
    )
    kept = after > 0
    scale = after[kept].mean(dtype=float) / before[kept].mean(dtype=float)
    np.testing.assert_allclose(scale, 1 / (1 - layer.exact_rate), rtol=1e-3)


def test_values_are_dropped_independently():
    layer = ByteDropout(0.5, seed=0)
    dropped = (_dropped(layer, 200, 1000) == 0).astype(float)
    # Neighbours share a random word: their bytes must not know each other.
    for distance in range(1, 5):
        pairs = dropped[:, distance:], dropped[:, :-distance]
        correlation = np.corrcoef(pairs[0].ravel(), pairs[1].ravel())[0, 1]
        assert abs(correlation) < 4 / np.sqrt(VALUES)


def test_each_call_draws_a_new_mask_and_the_seed_decides_which():
    first, second = (ByteDropout(0.5, seed=7) for _ in range(2))
    masks = [_dropped(first, 3, 50), _dropped(first, 3, 50)]
    assert not np.array_equal(*masks)
    for mask in masks:
        np.testing.assert_array_equal(_dropped(second, 3, 50), mask)


def test_state_is_the_variable_that_training_sets_anew():
    layer = ByteDropout(0.5)
    (state,) = layer.variables
    assert state.name == "seed_generator_state"
    state.assign([1, 2])
    mask = _dropped(layer, 3, 50)
    state.assign([1, 2])
    np.testing.assert_array_equal(_dropped(layer, 3, 50), mask)


@requires_tensorflow
def test_gradient_passes_where_a_value_was_kept():
    import tensorflow as tf

    inputs = tf.ones((4, 30))
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = ByteDropout(0.5, seed=0)(inputs, training=True)
    np.testing.assert_array_equal(tape.gradient(outputs, inputs), outputs)


def test_size_that_four_does_not_divide():
    assert _dropped(ByteDropout(0.5), 2, 3, 7).shape == (2, 3, 7)


def test_training_with_an_unknown_batch_size():
    model = keras.Sequential([keras.Input((3, 5)), ByteDropout(0.5)])
    model.add(keras.layers.Dense(1))
    model.compile("sgd", "mse", jit_compile=False)
    x = np.ones((5, 3, 5), "float32")
    model.fit(x, np.ones((5, 3, 1)), batch_size=2, verbose=0)


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_rate_that_is_no_probability_below_1(rate):
    with pytest.raises(ValueError, match="`rate` must be at least 0 and below"):
        ByteDropout(rate)
