import numpy as np
import pytest

from mtc_tf.evaluation.baselines import shallow_models
from mtc_tf.tasks import FEATURES

pytestmark = pytest.mark.usefixtures("few_trees")


def _rows(values):
    return {"features": np.array(values, np.float32)[:, np.newaxis]}


def test_arrays_are_learned_and_others_answered():
    answers = shallow_models.shallow_answers(
        FEATURES,
        _rows([0, 1] * 20),
        {"attack": np.array([0, 2] * 20), "malicious": np.full(40, 1)},
        0,
        {"test": _rows([1, 0, 1])},
        {"attack": ["A", "B", "C"], "malicious": ["no", "yes"]},
        names=["forest"],
    )
    assert list(answers["attack"]) == ["forest"]
    np.testing.assert_array_equal(
        answers["attack"]["forest"]["test"], np.eye(3)[[2, 0, 2]]
    )
    # One class leaves no choice.
    assert answers["malicious"] == {}


def test_rows_without_a_label_are_not_learned():
    labels = np.array([0, 1, -1] * 20)
    answers = shallow_models.shallow_answers(
        FEATURES,
        _rows([0, 1, 1] * 20),
        {"attack": labels},
        0,
        {"test": _rows([0, 1])},
        {"attack": ["A", "B"]},
        names=["forest"],
    )
    np.testing.assert_array_equal(
        answers["attack"]["forest"]["test"], np.eye(2)
    )


@pytest.mark.parametrize(
    ("power", "shares"), [(0, [0.75, 0, 0.25]), (0.5, [0.634, 0, 0.366])]
)
def test_majority_answers_the_shares_of_the_classes(power, shares):
    answers = shallow_models.shallow_answers(
        FEATURES,
        _rows([0, 1, 2, 3]),
        {"attack": np.array([0, 0, 0, 2])},
        power,
        {"test": _rows([7, 3])},
        {"attack": ["A", "B", "C"]},
        names=["majority"],
    )
    # By 0.5 the classes count sqrt(3) : 1.
    np.testing.assert_allclose(
        answers["attack"]["majority"]["test"], [shares] * 2, atol=5e-4
    )
