import json

import numpy as np
import pytest

from mtc_tf.errors import InputError
from mtc_tf.runs.confidence import ClassDistance
from mtc_tf.runs.confidence import Confidence
from mtc_tf.runs.confidence import read_confidence
from mtc_tf.runs.confidence import threshold

TASKS = ["application", "auxiliary"]
CONFIDENCE = Confidence(
    temperatures={"application": 1.5, "auxiliary": 0.75},
    score="energy",
    task="application",
    quantiles={"row": [-3.0, -1.0, -1.0], "flow": [-2.5, -2.0, 0.0]},
)


def _write(tmp_path, content):
    path = tmp_path / "confidence.json"
    path.write_text(json.dumps(content))
    return path


def test_what_is_written_is_read(tmp_path):
    path = _write(tmp_path, CONFIDENCE.as_json())
    assert read_confidence(path, TASKS) == CONFIDENCE


def test_classes_are_read_to_the_last_bit(tmp_path):
    rng = np.random.default_rng(0)
    classes = ClassDistance(
        np.float32(rng.normal(size=(3, 2))), np.float32(rng.normal(size=(2, 2)))
    )
    content = Confidence({"a": 1.0}, "x", "a", {"row": [0, 1]}, (classes,))
    path = _write(tmp_path, content.as_json())
    [found] = read_confidence(path, ["a"]).classes
    np.testing.assert_array_equal(found.means, classes.means)
    np.testing.assert_array_equal(found.whitening, classes.whitening)
    assert found.means.dtype == found.whitening.dtype == np.float32


def test_run_that_was_not_evaluated(tmp_path):
    assert read_confidence(tmp_path / "confidence.json", TASKS) is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"temperatures": {"application": 1.0}}, r"the tasks \['application',"),
        (
            {"temperatures": {"application": 0.0, "auxiliary": 1.0}},
            "temperatures above 0",
        ),
        ({"temperatures": {"application": "1"}}, "should at 'temperatures."),
        ({"classes": [{"means": [], "whitening": []}]}, "rows of one length"),
        (
            {"classes": [{"means": [[1.0], [1.0, 2.0]], "whitening": [[1.0]]}]},
            "rows of one length",
        ),
        (
            {"classes": [{"means": [[1.0, 2.0]], "whitening": [[1.0]]}]},
            r"whitening of 2 channels, received \(1, 1\)",
        ),
    ],
)
def test_damaged_file(changes, message, tmp_path):
    path = _write(tmp_path, CONFIDENCE.as_json() | changes)
    with pytest.raises(InputError, match=message):
        read_confidence(path, TASKS)


@pytest.mark.parametrize(
    "quantiles",
    [
        {},
        {"flow": [1.0, 2.0]},
        {"row": [1.0]},
        {"row": [2.0, 1.0]},
        {"row": [1.0, 2.0], "flow": []},
        {"row": [1.0, 2.0], "packet": [1.0, 2.0]},
    ],
)
def test_quantiles_that_are_none(quantiles, tmp_path):
    content = CONFIDENCE.as_json()
    content["unknown"] = {**content["unknown"], "quantiles": quantiles}
    with pytest.raises(InputError, match="two or more ascending quantiles"):
        read_confidence(_write(tmp_path, content), TASKS)


@pytest.mark.parametrize(
    ("rate", "expected"),
    [(0.05, 95), (0.2, 80), (0.01, 99), (0.999, 1), (0.055, 95), (0.001, 100)],
)
def test_threshold_of_a_rate(rate, expected):
    assert threshold(list(range(101)), rate) == expected
