import numpy as np
import pytest
from keras.ops import convert_to_numpy
from standard_checks import check_model
from standard_checks import check_model_learns
from standard_checks import separable_rows

from mtc_tf.models.tscrnn import TSCRNN

CLASSES = {"application": 17, "traffic_type": 12, "auxiliary": 6}
SMALL = {"filters": (4, 4), "units": 8, "dropout": 0.0}


def test_sizes():
    model = TSCRNN(CLASSES)
    # Each packet by itself, 64 bytes.
    assert model.get_layer("convolution1").output.shape == (None, 64, 32)
    assert model.get_layer("pooling2").output.shape == (None, 16, 64)
    assert model.get_layer("lstm1").output.shape == (None, 10, 128)
    assert model.get_layer("lstm2").output.shape == (None, 128)
    # Convolutions without bias, four numbers a channel for each normalisation,
    # four gates of each direction that see 1024 or 128 values, 64 states and a
    # bias.
    convolutions = 3 * 32 + 4 * 32 + 3 * 32 * 64 + 4 * 64
    gates = 2 * 4 * 64 * (1024 + 64 + 1 + 128 + 64 + 1)
    assert model.count_params() == convolutions + gates + 129 * 35


def test_standard_checks():
    check_model(TSCRNN(CLASSES, length=4, **SMALL), CLASSES)


@pytest.mark.slow
def test_it_learns_every_task():
    model = TSCRNN(dict.fromkeys(CLASSES, 3), length=6, **SMALL)
    check_model_learns(model)


def test_it_looks_at_bytes_alone_and_at_their_order():
    model = TSCRNN(CLASSES, length=4, **SMALL)
    inputs, _ = separable_rows(model, rows=2)
    series = inputs["series"]
    series[:, 3] = series[:, 2] + 1

    def answer(rows):
        outputs = model({"series": rows}, training=False)
        return convert_to_numpy(outputs["application"])

    others = series.copy()
    others[:, :, 64:] = 5
    np.testing.assert_array_equal(answer(others), answer(series))
    assert np.abs(answer(series[:, ::-1]) - answer(series)).max() > 1e-6
