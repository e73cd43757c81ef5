import keras
import numpy as np
import pytest
from backends import requires_tensorflow
from keras.ops import convert_to_numpy
from standard_checks import check_layer

from mtc_tf.layers.byte_embedding import ByteEmbedding


def test_standard_checks():
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 256, (4, 6)).astype("float32")
    check_layer(ByteEmbedding(3, own_positions=2), [rows], (4, 6, 4))


def _embedded(layer, rows):
    return convert_to_numpy(layer(np.array(rows, "uint8")))


def test_values_worked_out_by_hand():
    layer = ByteEmbedding(1, own_positions=2)
    layer.build((None, 3))
    shared = np.arange(256.0)[:, np.newaxis]
    own = np.zeros((2, 256, 1))
    own[0, 51], own[1, 51], own[1, 255] = 1000, 2000, 3000
    layer.set_weights([shared, own])
    np.testing.assert_allclose(
        _embedded(layer, [[51, 51, 51], [255, 255, 255], [0, 0, 0]]),
        [
            [[1051, 0.2], [2051, 0.2], [51, 0.2]],
            [[255, 1], [3255, 1], [255, 1]],
            [[0, 0], [0, 0], [0, 0]],
        ],
        rtol=1e-6,
    )


def test_a_new_layer_tells_bytes_apart_but_no_positions():
    vectors = _embedded(ByteEmbedding(4, own_positions=2), [[7, 7, 7, 8]])[0]
    np.testing.assert_array_equal(vectors[0], vectors[2])
    assert not np.allclose(vectors[2, :4], vectors[3, :4])


@requires_tensorflow
def test_gradient_of_bytes_that_repeat_is_dense_and_their_sum():
    import tensorflow as tf

    layer = ByteEmbedding(1, own_positions=1)
    layer.build((None, 3))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer(np.array([[5, 5, 9], [5, 5, 5]], "uint8")))
    shared, own = tape.gradient(
        total, [weight.value for weight in layer.trainable_weights]
    )
    assert isinstance(shared, tf.Tensor) and isinstance(own, tf.Tensor)
    assert shared[5, 0] == 5 and shared[9, 0] == 1
    assert own[0, 5, 0] == 2 and tf.reduce_sum(own) == 2


def test_more_own_positions_than_bytes():
    with pytest.raises(ValueError, match="own_positions=4, input shape=.*3"):
        ByteEmbedding(2, own_positions=4)(keras.ops.zeros((1, 3), "uint8"))
