import keras
import pytest

from mtc_tf.models.flow_lstm import FlowLSTM
from mtc_tf.testing import check_model
from mtc_tf.testing import check_model_learns

PACKET = {"application": 17, "traffic_type": 12, "auxiliary": 6}
FLOW = {"attack": 6, "malicious": 2}
SMALL = {"units": 16, "dropout": 0.0}


def test_sizes():
    # Four gates of 64 units, which see one value, 64 states and a bias; heads.
    model = FlowLSTM(FLOW, "features", 49)
    assert model.get_layer("sequence").output.shape == (None, 49, 1)
    assert model.count_params() == 4 * 64 * (1 + 64 + 1) + 65 * 8 == 17_416


@pytest.mark.parametrize(
    ("classes", "input_name", "length"),
    [(PACKET, "packet", 24), (FLOW, "features", 49), (FLOW, "features", 1)],
)
def test_standard_checks(classes, input_name, length):
    check_model(FlowLSTM(classes, input_name, length, **SMALL), classes)


def test_it_learns_every_task():
    keras.utils.set_random_seed(0)
    model = FlowLSTM(dict.fromkeys(FLOW, 3), "features", 9, **SMALL)
    check_model_learns(model, epochs=60, learning_rate=0.03)
