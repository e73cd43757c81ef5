import keras
import pytest
from standard_checks import check_model
from standard_checks import check_model_learns

from mtc_tf.models.flow_mlp import FlowMLP

PACKET = {"application": 17, "traffic_type": 12, "auxiliary": 6}
FLOW = {"attack": 6, "malicious": 2}
SMALL = {"units": (16, 16)}


def test_sizes():
    # 49 - 64 - 64 and heads; 1500 - 64 - 64 and heads.
    model = FlowMLP(FLOW, "features", 49)
    assert model.count_params() == 50 * 64 + 65 * 64 + 65 * 8 == 7_880
    assert FlowMLP(PACKET).count_params() == 1501 * 64 + 65 * 64 + 65 * 35


@pytest.mark.parametrize(
    ("classes", "input_name", "length"),
    [(PACKET, "packet", 24), (FLOW, "features", 49), (FLOW, "features", 1)],
)
def test_standard_checks(classes, input_name, length):
    check_model(FlowMLP(classes, input_name, length, **SMALL), classes)


@pytest.mark.slow
def test_it_learns_every_task():
    keras.utils.set_random_seed(0)
    model = FlowMLP(dict.fromkeys(FLOW, 3), "features", 24, **SMALL)
    check_model_learns(model)
