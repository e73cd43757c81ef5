import json

import numpy as np
import pytest

from mtc_tf.errors import InputError
from mtc_tf.runs.confidence import ClassDistance
from mtc_tf.runs.confidence import Confidence
from mtc_tf.runs.confidence import read_confidence
from mtc_tf.runs.confidence import threshold
from mtc_tf.runs.run_directory import write_confidence

TASKS = ["application", "auxiliary"]
CONFIDENCE = Confidence(
    temperatures={"application": 1.5, "auxiliary": 0.75},
    score="energy",
    task="application",
    quantiles={"row": [-3.0, -1.0, -1.0], "flow": [-2.5, -2.0, 0.0]},
)


def _write(folder, content):
    (folder / "confidence.json").write_text(json.dumps(content))


def test_what_is_written_is_read(tmp_path):
    write_confidence(tmp_path, CONFIDENCE)
    assert read_confidence(tmp_path, TASKS) == CONFIDENCE
    assert not (tmp_path / "classes.npz").exists()


@pytest.fixture
def with_classes(tmp_path):
    """A folder, and the two members' classes that are written there."""
    rng = np.random.default_rng(0)
    classes = tuple(
        ClassDistance(
            np.float32(rng.normal(size=(3, 2))),
            np.float32(rng.normal(size=(2, 2))),
        )
        for _ in range(2)
    )
    write_confidence(
        tmp_path, Confidence({"a": 1.0}, "x", "a", {"row": [0, 1]}, classes)
    )
    return tmp_path, classes


def test_classes_are_read_to_the_last_bit(with_classes):
    folder, classes = with_classes
    found = read_confidence(folder, ["a"]).classes
    assert len(found) == 2
    for one, written in zip(found, classes, strict=True):
        np.testing.assert_array_equal(one.means, written.means)
        np.testing.assert_array_equal(one.whitening, written.whitening)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"whitening1": np.zeros((3, 2), "f4")}, "whitening of 2 channels"),
        ({"means1": np.zeros((3, 1), "f4")}, "expected"),
        ({"means1": np.full((3, 2), np.nan, "f4")}, "NaN or infinity"),
        ({"means1": None}, "means1"),
        (None, "classes.npz is missing"),
    ],
)
def test_damaged_classes(arrays, message, with_classes):
    folder, _ = with_classes
    path = folder / "classes.npz"
    with np.load(path) as archive:
        kept = dict(archive)
    path.unlink()
    if arrays is not None:
        kept = {k: v for k, v in (kept | arrays).items() if v is not None}
        np.savez(path, **kept)
    with pytest.raises(InputError, match=message):
        read_confidence(folder, ["a"])


def test_run_that_was_not_evaluated(tmp_path):
    assert read_confidence(tmp_path, TASKS) is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"temperatures": {"application": 1.0}}, r"the tasks \['application',"),
        (
            {"temperatures": {"application": 0.0, "auxiliary": 1.0}},
            "temperatures above 0",
        ),
        ({"temperatures": {"application": "1"}}, "should at 'temperatures."),
        ({"classes": {"members": 1}}, "lacks 'classes.channels'"),
    ],
)
def test_damaged_file(changes, message, tmp_path):
    _write(tmp_path, CONFIDENCE.as_json() | changes)
    with pytest.raises(InputError, match=message):
        read_confidence(tmp_path, TASKS)


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
    _write(tmp_path, content)
    with pytest.raises(InputError, match="two or more ascending quantiles"):
        read_confidence(tmp_path, TASKS)


@pytest.mark.parametrize(
    ("rate", "expected"),
    [(0.05, 95), (0.2, 80), (0.01, 99), (0.999, 1), (0.055, 95), (0.001, 100)],
)
def test_threshold_of_a_rate(rate, expected):
    assert threshold(list(range(101)), rate) == expected
