"""One training step of every model under mixed precision."""

import functools

import pytest
from small_models import small_model
from standard_checks import check_mixed_precision

from mtc_tf.models import all_models

# They drop nothing.
WITHOUT_DROPOUT = ("FlowAEDNN", "FlowDBN", "FlowMLP")


@pytest.mark.slow
@pytest.mark.parametrize("name", all_models.__all__)
def test_step_is_nearly_that_of_float32(name):
    arguments = {} if name in WITHOUT_DROPOUT else {"dropout": 0.0}
    check_mixed_precision(functools.partial(small_model, name, **arguments))


def test_step_of_the_multi_task_1d_cnn():
    check_mixed_precision(
        functools.partial(
            small_model, "DeepPacketCNN", dropout=0.0, batch_norm=True
        )
    )
