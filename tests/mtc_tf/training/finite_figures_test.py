import pytest

from mtc_tf.errors import InputError
from mtc_tf.training.finite_figures import FiniteFigures


def test_finite_figures_pass():
    FiniteFigures().on_epoch_end(0, {"loss": 1e30, "val_loss": -1.0})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("name", ["loss", "val_loss", "val_auxiliary_loss"])
def test_first_epoch_that_is_not_finite(name, value):
    figures = {"loss": 1.0, "val_loss": 1.0, "accuracy": 0.5, name: value}
    with pytest.raises(
        InputError,
        match=rf"^epoch 1 is not finite \({name} {value}\); no epoch is kept",
    ):
        FiniteFigures().on_epoch_end(0, figures)


def test_totals_stand_for_their_parts():
    figures = dict.fromkeys(("loss", "attack_loss", "val_loss"), float("nan"))
    with pytest.raises(InputError, match=r"\(loss nan, val_loss nan\)"):
        FiniteFigures().on_epoch_end(0, figures)


def test_later_epoch_that_is_not_finite_leaves_the_ones_before():
    with pytest.raises(InputError, match=r"^epoch 4 is .*; epoch 3 is kept"):
        FiniteFigures().on_epoch_end(3, {"loss": float("nan")})
