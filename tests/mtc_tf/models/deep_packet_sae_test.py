import keras
import numpy as np
import pytest
from standard_checks import check_model
from standard_checks import check_model_learns
from standard_checks import check_pretraining
from standard_checks import separable_rows

from mtc_tf.models.deep_packet_sae import DeepPacketSAE

PACKET = {"application": 17, "traffic_type": 12, "auxiliary": 6}
FLOW = {"attack": 6, "malicious": 2}
SMALL = {
    "units": (16, 8),
    "dropout": 0.0,
    "pretrain_epochs": 3,
    "pretrain_batch_size": 16,
}


def test_sizes_of_the_packet_model():
    # 1500 - 400 - 300 - 200 - 100 - 50 and heads.
    layers = 1501 * 400 + 401 * 300 + 301 * 200 + 201 * 100 + 101 * 50
    assert DeepPacketSAE(PACKET).count_params() == layers + 51 * 35 == 807_835


def test_sizes_of_the_record_model():
    layers = 50 * 400 + 401 * 300 + 301 * 200 + 201 * 100 + 101 * 50
    model = DeepPacketSAE(FLOW, "features", 49)
    assert model.count_params() == layers + 51 * 8 == 226_058


@pytest.mark.parametrize(
    ("classes", "input_name", "length"),
    [(PACKET, "packet", 24), (FLOW, "features", 49), (FLOW, "features", 1)],
)
def test_standard_checks(classes, input_name, length):
    check_model(DeepPacketSAE(classes, input_name, length, **SMALL), classes)


@pytest.mark.slow
def test_it_learns_every_task():
    keras.utils.set_random_seed(0)
    model = DeepPacketSAE(dict.fromkeys(PACKET, 3), "packet", 24, **SMALL)
    inputs, _ = separable_rows(model, 96)
    model.pretrain(inputs["packet"], seed=0)
    check_model_learns(model)


@pytest.mark.slow
def test_pretrain_sets_the_encoder_alone_and_by_seed():
    check_pretraining(
        lambda: DeepPacketSAE(PACKET, "packet", 24, **SMALL),
        ["encoder1", "encoder2"],
        errors=2,
    )


def test_rows_of_another_length_are_an_error():
    model = DeepPacketSAE(PACKET, "packet", 24, **SMALL)
    with pytest.raises(ValueError, match="`rows` must have the shape"):
        model.pretrain(np.zeros((4, 23), "float32"), 0)
