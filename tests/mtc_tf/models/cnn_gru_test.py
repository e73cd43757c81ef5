import numpy as np
import pytest
from keras.ops import convert_to_numpy
from standard_checks import check_model
from standard_checks import check_model_learns
from standard_checks import separable_rows

from mtc_tf.models.cnn_gru import CNNGRU

CLASSES = {"application": 17, "traffic_type": 12, "auxiliary": 6}
SMALL = {"filters": (4, 4), "gru_units": 8, "units": 8, "dropout": 0.0}


def test_sizes():
    model = CNNGRU(CLASSES)
    # 24 bytes of each of ten packets, halved twice.
    assert model.get_layer("pooling2").output.shape == (None, 60, 128)
    assert model.get_layer("gru").output.shape == (None, 64)
    # Convolutions without bias, four numbers a channel for each normalisation,
    # three gates that see two values, 64 states and two biases.
    convolutions = 3 * 64 + 4 * 64 + 3 * 64 * 128 + 4 * 128
    gates = 3 * 64 * (2 + 64 + 2)
    dense = (128 + 64 + 1) * 128
    assert model.count_params() == convolutions + gates + dense + 129 * 35


def test_standard_checks():
    check_model(CNNGRU(CLASSES, length=4, **SMALL), CLASSES)


@pytest.mark.slow
def test_it_learns_every_task():
    model = CNNGRU(dict.fromkeys(CLASSES, 3), length=6, **SMALL)
    check_model_learns(model, steps=100)


def test_what_it_looks_at():
    model = CNNGRU(CLASSES, length=4, **SMALL)
    inputs, _ = separable_rows(model, rows=2)

    def change(column):
        answers = []
        for value in (0, 200):
            series = inputs["series"].copy()
            series[:, 1, column] = value
            outputs = model({"series": series}, training=False)
            answers.append(convert_to_numpy(outputs["application"]))
        return np.abs(answers[0] - answers[1]).max()

    # Neither headers nor the position.
    assert change(0) == change(39) == change(67) == 0
    for column in (40, 63, 64, 66):
        assert change(column) > 1e-6, column
