import numpy as np
from keras.ops import convert_to_numpy
from standard_checks import check_layer

from mtc_tf.layers.position_embedding import PositionEmbedding


def test_standard_checks():
    rng = np.random.default_rng(0)
    tokens = rng.normal(size=(2, 3, 5)).astype("float32")
    check_layer(PositionEmbedding(), [tokens], (2, 3, 5))


def test_it_is_added_to_each_row():
    layer = PositionEmbedding()
    layer.build((None, 2, 2))
    layer.set_weights([np.array([[1, 2], [3, 4]])])
    tokens = np.array([[[0, 0], [0, 0]], [[10, 10], [20, 20]]], "float32")
    np.testing.assert_array_equal(
        convert_to_numpy(layer(tokens)),
        [[[1, 2], [3, 4]], [[11, 12], [23, 24]]],
    )


def test_a_new_layer_tells_positions_apart():
    tokens = convert_to_numpy(PositionEmbedding()(np.zeros((1, 2, 4), "f")))
    assert not np.allclose(tokens[0, 0], tokens[0, 1])
