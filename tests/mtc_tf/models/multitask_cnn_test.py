import keras
import pytest
from standard_checks import check_model
from standard_checks import check_model_learns

from mtc_tf.models.multitask_cnn import MultitaskCNN

PACKET = {"application": 17, "traffic_type": 12, "auxiliary": 6}
FLOW = {"attack": 6, "malicious": 2}
SMALL = {"filters": 8, "units": (16, 8), "dropout": 0.0}


def test_sizes_of_the_packet_model():
    model = MultitaskCNN(PACKET)
    assert model.get_layer("convolution1").output.shape == (None, 500, 200)
    assert model.get_layer("convolution2").output.shape == (None, 500, 200)
    assert model.get_layer("pooling").output.shape == (None, 250, 200)
    # Convolutions without bias 4 x 200 and 5 x 200 x 200, four numbers a
    # channel for each normalisation, fully connected 50,000 - 200 - 100 - 50,
    # heads.
    convolutions = 800 + 200_000 + 2 * 800
    connected = 50_000 * 200 + 200 + 201 * 100 + 101 * 50
    assert model.count_params() == convolutions + connected + 51 * 35
    assert model.count_params() == 10_229_535


def test_sizes_of_the_record_model():
    model = MultitaskCNN(FLOW, "features", 49)
    # 49 values become 17, 17 and 9 positions.
    connected = 9 * 200 * 200 + 200 + 201 * 100 + 101 * 50
    assert model.count_params() == 202_400 + connected + 51 * 8
    assert model.count_params() == 588_158


@pytest.mark.parametrize(
    ("classes", "input_name", "length"),
    [(PACKET, "packet", 24), (FLOW, "features", 49), (FLOW, "features", 1)],
)
def test_standard_checks(classes, input_name, length):
    check_model(MultitaskCNN(classes, input_name, length, **SMALL), classes)


def test_it_learns_every_task():
    keras.utils.set_random_seed(0)
    model = MultitaskCNN(dict.fromkeys(PACKET, 3), "packet", 24, **SMALL)
    check_model_learns(model)
