import keras
import pytest
from standard_checks import check_model
from standard_checks import check_model_learns

from mtc_tf.models.flow_lstm import FlowLSTM

PACKET = {"application": 17, "traffic_type": 12, "auxiliary": 6}
FLOW = {"attack": 6, "malicious": 2}
SMALL = {"units": 16, "dropout": 0.0}


def test_sizes():
    # Four gates of 64 units, which see 7 values, 64 states and a bias; heads.
    gates = 4 * 64 * (7 + 64 + 1)
    model = FlowLSTM(FLOW, "features", 49)
    assert model.get_layer("tokens").output.shape == (None, 7, 7)
    assert model.count_params() == gates + 65 * 8 == 18_952
    model = FlowLSTM(PACKET)
    assert model.get_layer("tokens").output.shape == (None, 215, 7)
    assert model.count_params() == gates + 65 * 35 == 20_707


def test_one_feature_a_step():
    model = FlowLSTM(FLOW, "features", 49, step_length=1, units=2)
    assert model.get_layer("tokens").output.shape == (None, 49, 1)


@pytest.mark.parametrize(
    ("classes", "input_name", "length"),
    [(PACKET, "packet", 24), (FLOW, "features", 49), (FLOW, "features", 1)],
)
def test_standard_checks(classes, input_name, length):
    check_model(FlowLSTM(classes, input_name, length, **SMALL), classes)


@pytest.mark.slow
def test_it_learns_every_task():
    keras.utils.set_random_seed(0)
    model = FlowLSTM(dict.fromkeys(FLOW, 3), "features", 24, **SMALL)
    check_model_learns(model)
