import numpy as np
import pytest
from sklearn.metrics import f1_score

from mtc_tf.evaluation.chance import chance
from mtc_tf.evaluation.chance import chance_sentence

SHARES = np.array([0.7, 0.2, 0.1])


def _scores(guessed):
    """Macro F1 of guesses at random, of classes with the shares above."""
    rng = np.random.default_rng(0)
    truth, guesses = (rng.choice(3, 200_000, p=p) for p in (SHARES, guessed))
    return f1_score(truth, guesses, average="macro")


def test_who_guesses_by_frequencies_gets_one_over_the_classes():
    assert chance(["a", "b", "c"]) == 1 / 3
    assert _scores(SHARES) == pytest.approx(1 / 3, abs=0.005)


@pytest.mark.parametrize(
    "guessed", [[1, 0, 0], [1 / 3] * 3, [0.6, 0.2, 0.2], [0.8, 0.15, 0.05]]
)
def test_no_other_guess_gets_more(guessed):
    assert _scores(guessed) < 1 / 3


def test_sentence():
    figures = {"classes_evaluated": ["a", "b"]}
    assert chance_sentence(figures) is None
    assert chance_sentence(figures | {"chance": 0.5}) == (
        "trained on shuffled labels, as are the shallow models beside it; "
        "chance, guessing by the frequencies of 2 classes: macro F1 and fw16 "
        "0.500"
    )
