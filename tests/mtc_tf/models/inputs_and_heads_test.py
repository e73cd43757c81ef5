import keras
import numpy as np
import pytest
from small_models import small_model

from mtc_tf.models import all_models
from mtc_tf.models.inputs_and_heads import fully_connected
from mtc_tf.models.inputs_and_heads import heads
from mtc_tf.models.inputs_and_heads import read_in_steps
from mtc_tf.models.inputs_and_heads import scaled_input
from mtc_tf.models.inputs_and_heads import scaled_rows
from mtc_tf.models.inputs_and_heads import tokens_of


def _array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_bytes_are_divided_by_255_and_features_are_left():
    inputs, values = scaled_input("packet", 3)
    packet = np.array([[0, 51, 255]], "uint8")
    outputs = keras.Model(inputs, values)({"packet": packet})
    np.testing.assert_allclose(outputs, [[0.0, 0.2, 1.0]], rtol=1e-6)
    np.testing.assert_allclose(scaled_rows(packet, "packet", 3), outputs)

    inputs, values = scaled_input("features", 2)
    row = np.array([[0.5, 1.0]], "float32")
    outputs = keras.Model(inputs, values)({"features": row})
    np.testing.assert_array_equal(outputs, row)
    np.testing.assert_array_equal(scaled_rows(row, "features", 2), row)


@pytest.mark.parametrize("shape", [(2, 4), (0, 3), (3,)])
def test_rows_of_another_shape_are_an_error(shape):
    with pytest.raises(ValueError, match=r"`rows` must have the shape"):
        scaled_rows(np.zeros(shape, "uint8"), "packet", 3)


def test_unknown_input_is_an_error():
    with pytest.raises(ValueError, match="`input_name` must be one of packet"):
        scaled_input("frame", 3)
    # Its rows are no plain sequences.
    with pytest.raises(ValueError, match="`input_name` must be one of packet"):
        scaled_input("series", 3)


def test_the_last_token_is_filled_up_with_zeros():
    values = np.array([[1.0, 2.0, 3.0, 4.0, 5.0]], "float32")
    tokens, sequence = tokens_of(values, num_tokens=2, hidden_dim=3)
    np.testing.assert_array_equal(tokens, [[[1, 2, 3], [4, 5, 0]]])
    np.testing.assert_array_equal(sequence[0, :, 0], [1, 2, 3, 4, 5, 0])


@pytest.mark.parametrize("num_tokens", [1, 3])
def test_tokens_that_the_input_does_not_fill_are_an_error(num_tokens):
    with pytest.raises(ValueError, match=f"num_tokens={num_tokens}, hidden"):
        tokens_of(np.zeros((1, 5), "float32"), num_tokens, 3)


def test_fully_connected_layers_have_names_and_dropout():
    values = keras.Input((4,))
    model = keras.Model(
        values, fully_connected(values, (3, 2), dropout=0.5, name="code")
    )
    assert [layer.name for layer in model.layers[1:]] == [
        "code1",
        "code1_dropout",
        "code2",
        "code2_dropout",
    ]
    assert model.output.shape == (None, 2)


def test_dropout_follows_each_fully_connected_layer():
    keras.utils.set_random_seed(0)
    values = keras.Input((8,))
    model = keras.Model(values, fully_connected(values, (8, 8), dropout=0.5))
    model.get_layer("dense1").set_weights([np.zeros((8, 8)), np.ones(8)])
    model.get_layer("dense2").set_weights([np.eye(8), np.zeros(8)])
    rows = np.zeros((200, 8), "float32")
    np.testing.assert_array_equal(_array(model(rows, training=False)), 1)
    # Ones that are kept with 1/2 twice, and doubled twice.
    kept = _array(model(rows, training=True))
    assert abs(np.mean(kept > 0) - 0.25) < 0.05
    np.testing.assert_allclose(kept[kept > 0], 4)


def test_what_the_lstm_says_is_dropped():
    keras.utils.set_random_seed(0)
    sequence = keras.Input((2, 3))
    model = keras.Model(sequence, read_in_steps(sequence, 8, 0.5))
    lstm = model.get_layer("lstm")
    # Every unit says the same, whatever the sequence.
    lstm.set_weights([np.zeros((3, 32)), np.zeros((8, 32)), np.ones(32)])
    rows = np.zeros((200, 2, 3), "float32")
    said = _array(model(rows, training=False))
    assert np.all(said == said[0, 0]) and said[0, 0] > 0
    kept = _array(model(rows, training=True))
    assert abs(np.mean(kept > 0) - 0.5) < 0.05
    np.testing.assert_allclose(kept[kept > 0], 2 * said[0, 0], rtol=1e-5)


def test_only_short_sequences_are_written_out():
    def lstm(steps):
        sequence = keras.Input((steps, 2))
        model = keras.Model(sequence, read_in_steps(sequence, 3, 0.5))
        assert model.output.shape == (None, 3)
        return model.get_layer("lstm")

    assert lstm(64).unroll
    assert not lstm(65).unroll


def test_heads_are_in_the_order_of_the_tasks():
    outputs = heads(
        keras.Input((4,)), {"auxiliary": 2, "application": 3}, "packet"
    )
    assert {task: y.shape for task, y in outputs.items()} == {
        "application": (None, 3),
        "auxiliary": (None, 2),
    }
    assert list(outputs) == ["application", "auxiliary"]


def test_heads_read_the_branch_of_their_task():
    branches = {
        "cnn": keras.Input((4,), name="cnn"),
        "transformer": keras.Input((3,), name="transformer"),
    }
    classes = {"traffic_type": 2, "application": 5}
    model = keras.Model(branches, heads(branches, classes, "packet"))
    assert model.get_layer("application").input is branches["transformer"]
    assert model.get_layer("traffic_type").input is branches["cnn"]


def test_heads_of_several_networks_have_names_of_their_own():
    inputs = keras.Input((4,))
    outputs = heads(inputs, {"application": 5}, "packet", prefix="second_")
    model = keras.Model(inputs, outputs)
    assert list(outputs) == ["application"]
    assert model.get_layer("second_application").units == 5


@pytest.mark.parametrize("name", all_models.__all__)
def test_every_model_refuses_tasks_that_it_does_not_know(name):
    with pytest.raises(ValueError, match="`num_classes` must name tasks"):
        small_model(name, {"application": 3, "attack": 3})


@pytest.mark.parametrize("num_classes", [{"attack": 6}, {}])
def test_tasks_of_another_input_are_an_error(num_classes):
    with pytest.raises(ValueError, match="`num_classes` must name tasks"):
        heads(keras.Input((4,)), num_classes, "packet")
