import numpy as np
import pytest

from mtc_tf.inference import unknown_scores
from mtc_tf.models.head_reader import HeadReadings
from mtc_tf.runs.confidence import ClassDistance


def test_maximum_probability_by_hand():
    scores = unknown_scores.maximum_probability(
        np.float32([[0.75, 0.25], [0.5, 0.5], [0, 1]])
    )
    np.testing.assert_array_equal(scores, [0.25, 0.5, 0])


def test_energy_by_hand():
    # The exponentials add up to 4, to 6, and to 4 times e to the 1000th.
    first = np.log(np.float32([[1, 3], [2, 4], [1, 3]]))
    first[2] += 1000
    np.testing.assert_allclose(
        unknown_scores.energy([first]),
        [-np.log(4), -np.log(6), -1000 - np.log(4)],
        rtol=1e-6,
    )
    # The mean over the members.
    other = np.log(np.float32([[2, 14], [1, 0.5], [1, 1]]))
    np.testing.assert_allclose(
        unknown_scores.energy([first, other])[:2],
        [-np.log(8), -np.log(3)],
        rtol=1e-6,
    )


def test_class_distance_by_hand():
    # Within classes the second feature varies four times as much.
    classes = ClassDistance(
        np.float32([[0, 0], [10, 0]]), np.float32([[1, 0], [0, 0.25]])
    )
    features = np.float32([[0, 0], [3, 16], [9, 4]])
    # The squares add up to 0, to 9 + 16 and, from the second, to 1 + 1.
    expected = np.array([0, 12.5, 1])
    np.testing.assert_allclose(
        unknown_scores.class_distance([features], [classes]), expected
    )
    far = ClassDistance(np.float32([[0, 0]]), np.float32(2 * np.eye(2)))
    np.testing.assert_allclose(
        unknown_scores.class_distance([features, features], [classes, far])[0],
        0,
    )
    np.testing.assert_allclose(
        unknown_scores.class_distance([features, features], [classes, far])[1],
        (12.5 + 2 * (9 + 256)) / 2,
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (unknown_scores.MAXIMUM_PROBABILITY, 0.25),
        (unknown_scores.ENERGY, -np.log(4)),
        (unknown_scores.CLASS_DISTANCE, 4.0),
    ],
)
def test_score_by_its_name(name, expected):
    readings = HeadReadings(
        probabilities={},
        features=[np.float32([[2]])],
        logits=[np.log(np.float32([[1, 3]]))],
    )
    classes = [ClassDistance(np.float32([[0]]), np.float32([[1]]))]
    [score] = unknown_scores.score_of(
        name, np.float32([[0.25, 0.75]]), readings, classes
    )
    assert float(score) == pytest.approx(expected)


def test_score_of_exports_is_one_of_them():
    assert unknown_scores.SCORE in unknown_scores.SCORES
