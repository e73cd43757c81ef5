import keras
import numpy as np
import pytest
from standard_checks import check_model
from standard_checks import check_model_learns
from standard_checks import check_pretraining
from standard_checks import separable_rows

from mtc_tf.models.flow_ae_dnn import FlowAEDNN

PACKET = {"application": 17, "traffic_type": 12, "auxiliary": 6}
FLOW = {"attack": 6, "malicious": 2}
SMALL = {
    "encoder_units": (12, 8),
    "units": (16,),
    "pretrain_epochs": 3,
    "pretrain_batch_size": 16,
}


def test_sizes_of_the_record_model():
    # 49 - 32 - 16, then 64 - 64, and heads.
    layers = 50 * 32 + 33 * 16 + 17 * 64 + 65 * 64
    model = FlowAEDNN(FLOW, "features", 49)
    assert model.count_params() == layers + 65 * 8 == 7_896


@pytest.mark.parametrize(
    ("classes", "input_name", "length"),
    [(PACKET, "packet", 24), (FLOW, "features", 49), (FLOW, "features", 1)],
)
def test_standard_checks(classes, input_name, length):
    check_model(FlowAEDNN(classes, input_name, length, **SMALL), classes)


@pytest.mark.slow
def test_it_learns_every_task():
    keras.utils.set_random_seed(0)
    model = FlowAEDNN(dict.fromkeys(FLOW, 3), "features", 24, **SMALL)
    inputs, _ = separable_rows(model, 96)
    model.pretrain(inputs["features"], seed=0)
    check_model_learns(model)


@pytest.mark.slow
def test_pretrain_sets_the_encoder_alone_and_by_seed():
    check_pretraining(
        lambda: FlowAEDNN(FLOW, "features", 24, **SMALL),
        ["encoder1", "encoder2"],
        errors=1,
    )


def test_rows_of_another_length_are_an_error():
    model = FlowAEDNN(FLOW, "features", 24, **SMALL)
    with pytest.raises(ValueError, match="`rows` must have the shape"):
        model.pretrain(np.zeros((4, 23), "float32"), 0)
