"""The models that the benchmark compares are the same model."""

import pytest

from benchmarks import training

pytest.importorskip(
    "torch", reason="PyTorch is not installed; only the benchmark needs it"
)


@pytest.mark.parametrize(
    "num_heads",
    [
        pytest.param(2, id="heads-divide-the-width"),
        pytest.param(3, id="heads-rounded-down"),
    ],
)
def test_torch_gives_the_outputs_of_keras(num_heads):
    backbone = {
        "num_tokens": 3,
        "hidden_dim": 8,
        "num_heads": num_heads,
        "num_encoders": (1, 2, 1),
        "intermediate_dim": 16,
    }
    assert training.largest_difference(4, backbone) < 1e-5
