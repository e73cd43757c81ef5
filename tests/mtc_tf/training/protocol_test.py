import pytest

from mtc_tf.errors import InputError
from mtc_tf.training.protocol import Protocol


@pytest.mark.parametrize(
    ("arguments", "rows", "expected"),
    [
        ({}, 1000, (100, 7)),
        # As few epochs as hold the steps, and never more steps.
        ({"max_steps": 5}, 1000, (1, 5)),
        ({"max_steps": 7}, 1000, (1, 7)),
        ({"max_steps": 20}, 1000, (3, 6)),
        ({"max_steps": 20, "epochs": 2}, 1000, (2, 7)),
        ({"max_steps": 900, "epochs": 1}, 1000, (1, 7)),
    ],
)
def test_epochs_and_steps(arguments, rows, expected):
    assert Protocol(**arguments).schedule_of(rows) == expected


def test_part_smaller_than_a_batch_is_an_error():
    with pytest.raises(InputError, match="fewer than one batch of 128"):
        Protocol().schedule_of(127)


HISTORY = [
    {"val_loss": 2.0, "val_fw16": 0.1},
    {"val_loss": 1.0, "val_fw16": 0.3},
    {"val_loss": 1.0, "val_fw16": 0.4},
    {"val_loss": 1.5, "val_fw16": 0.4},
]


def test_best_epoch_is_the_first_of_the_best():
    assert Protocol().best_epoch(HISTORY) == 1
    assert Protocol(monitor="fw16").best_epoch(HISTORY) == 2
