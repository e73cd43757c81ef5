import keras
import pytest
from standard_checks import check_model
from standard_checks import check_model_learns

from mtc_tf.models.deep_packet_cnn import DeepPacketCNN

PACKET = {"application": 17, "traffic_type": 12, "auxiliary": 6}
FLOW = {"attack": 6, "malicious": 2}
SMALL = {"filters": 8, "units": (16, 8), "dropout": 0.0}


def test_sizes_of_the_packet_model():
    model = DeepPacketCNN(PACKET)
    assert model.get_layer("convolution1").output.shape == (None, 500, 200)
    assert model.get_layer("pooling").output.shape == (None, 250, 200)
    # Convolutions 4 x 200 + 200 and 5 x 200 x 200 + 200, fully connected
    # 50,000 - 200 - 100 - 50, heads.
    connected = 50_000 * 200 + 200 + 201 * 100 + 101 * 50
    assert model.count_params() == 1_000 + 200_200 + connected + 51 * 35
    assert model.count_params() == 10_228_335


def test_sizes_of_the_record_model():
    model = DeepPacketCNN(FLOW, "features", 49)
    # 49 values become 17, 17 and 9 positions.
    connected = 9 * 200 * 200 + 200 + 201 * 100 + 101 * 50
    assert model.count_params() == 201_200 + connected + 51 * 8
    assert model.count_params() == 586_958


def test_batch_norm_makes_the_multi_task_1d_cnn():
    # In place of the biases, four numbers a channel for each normalisation.
    assert DeepPacketCNN(PACKET, batch_norm=True).count_params() == (
        10_228_335 - 400 + 1_600
    )
    model = DeepPacketCNN(FLOW, "features", 49, batch_norm=True)
    assert model.count_params() == 586_958 - 400 + 1_600


def test_other_kernels_and_strides():
    # Those of public re-implementations of the model for the traffic type.
    model = DeepPacketCNN(
        PACKET, kernel_sizes=(5, 4), strides=(3, 3), filters=2
    )
    assert model.get_layer("convolution1").kernel_size == 5
    assert model.get_layer("convolution2").output.shape == (None, 167, 2)
    assert model.get_layer("pooling").output.shape == (None, 84, 2)


@pytest.mark.parametrize(
    ("classes", "input_name", "length"),
    [(PACKET, "packet", 24), (FLOW, "features", 49), (FLOW, "features", 1)],
)
@pytest.mark.parametrize("batch_norm", [False, True])
def test_standard_checks(classes, input_name, length, batch_norm):
    model = DeepPacketCNN(
        classes, input_name, length, batch_norm=batch_norm, **SMALL
    )
    check_model(model, classes)


@pytest.mark.slow
@pytest.mark.parametrize("batch_norm", [False, True])
def test_it_learns_every_task(batch_norm):
    keras.utils.set_random_seed(0)
    classes = dict.fromkeys(PACKET, 3)
    check_model_learns(
        DeepPacketCNN(classes, "packet", 24, batch_norm=batch_norm, **SMALL)
    )
