"""MTC against the reference of `mtc_reference.py`, with the same weights."""

import keras
import numpy as np
import pytest
from mtc_reference import MTCReference
from mtc_reference import seeded_weights

from mtc_tf.models.mtc import MTC

SIZES = {
    "num_tokens": 3,
    "hidden_dim": 8,
    "num_heads": 2,
    "num_encoders": (1, 2, 1),
}
FLOW = {"num_tokens": 3, "hidden_dim": 7, "num_heads": 3}
BRANCHES = {
    "packet": {
        "application": "transformer",
        "traffic_type": "cnn",
        "auxiliary": "cnn",
    },
    "features": {"attack": "transformer", "malicious": "cnn"},
}


@pytest.mark.parametrize(
    ("input_name", "length", "sizes"),
    [
        pytest.param("packet", 24, {}, id="packet"),
        pytest.param("packet", 22, {"num_encoders": (0, 1, 0)}, id="filled-up"),
        pytest.param("packet", 24, {"norm_first": False}, id="post-norm"),
        pytest.param("packet", 24, {"batch_norm": False}, id="no-batch-norm"),
        pytest.param("packet", 24, {"stem_strides": 4}, id="stem"),
        pytest.param(
            "packet",
            24,
            {"stem_strides": 2, "batch_norm": False, "norm_first": False},
            id="stem-and-literal-reading",
        ),
        # Heads that do not divide the width.
        pytest.param("features", 20, FLOW, id="features"),
    ],
)
def test_outputs_are_those_of_the_reference(input_name, length, sizes):
    sizes = SIZES | sizes
    model = MTC(
        dict.fromkeys(BRANCHES[input_name], 4),
        {
            **sizes,
            "input_name": input_name,
            "length": length,
            "intermediate_dim": 16,
            "encoder_dropout": 0.0,
            "cnn_dropout": 0.0,
        },
    )
    weights = seeded_weights(model)
    rows, values = _rows(input_name, length)
    for training in (False, True):
        reference = MTCReference(weights, training=training, **sizes)
        expected = reference.probabilities(values, BRANCHES[input_name])
        received = model({input_name: rows}, training=training)
        _compare_logarithms(received, expected)


def _compare_logarithms(received, expected):
    """Heads of such weights are sure of their class."""
    assert set(received) == set(expected)
    for task, probabilities in expected.items():
        logarithms = np.log(probabilities)
        # They tell the rows apart; otherwise any weights would do.
        assert np.ptp(logarithms, axis=0).max() > 0.1
        np.testing.assert_allclose(
            np.log(keras.ops.convert_to_numpy(received[task])),
            logarithms,
            rtol=1e-4,
            atol=1e-3,
        )


def _rows(input_name, length):
    """Rows as in the dataset, and what the model makes of them first."""
    rng = np.random.default_rng(1)
    if input_name == "features":
        rows = rng.random((5, length), "float32")
        return rows, rows.astype("float64")
    rows = rng.integers(0, 256, (5, length), "uint8")
    return rows, rows / 255
