import keras
import pytest
from standard_checks import check_model
from standard_checks import check_model_learns

from mtc_tf.models.flow_cnn_lstm import FlowCNNLSTM

PACKET = {"application": 17, "traffic_type": 12, "auxiliary": 6}
FLOW = {"attack": 6, "malicious": 2}
SMALL = {"filters": (8, 8), "units": 8, "dropout": 0.0}


def test_sizes():
    model = FlowCNNLSTM(FLOW, "features", 49)
    assert model.get_layer("pooling1").output.shape == (None, 25, 64)
    assert model.get_layer("pooling2").output.shape == (None, 13, 128)
    # Convolutions without bias, four numbers a channel for each
    # normalisation, four gates that see 128 values, 64 states and a bias.
    convolutions = 3 * 1 * 64 + 4 * 64 + 3 * 64 * 128 + 4 * 128
    gates = 4 * 64 * (128 + 64 + 1)
    assert model.count_params() == convolutions + gates + 65 * 8 == 75_464


@pytest.mark.parametrize(
    ("classes", "input_name", "length"),
    [(PACKET, "packet", 24), (FLOW, "features", 49), (FLOW, "features", 1)],
)
def test_standard_checks(classes, input_name, length):
    check_model(FlowCNNLSTM(classes, input_name, length, **SMALL), classes)


@pytest.mark.slow
def test_it_learns_every_task():
    keras.utils.set_random_seed(0)
    model = FlowCNNLSTM(dict.fromkeys(FLOW, 3), "features", 24, **SMALL)
    check_model_learns(model)
