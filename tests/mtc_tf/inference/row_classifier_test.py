import numpy as np
import pytest

from mtc_tf.errors import InputError
from mtc_tf.inference.row_classifier import PACKETS_PER_BATCH
from mtc_tf.inference.row_classifier import WINDOWS_PER_BATCH
from mtc_tf.inference.row_classifier import RowClassifier
from mtc_tf.runs.model_facts import ModelFacts


def _packets(rows):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (rows, 1500), dtype=np.uint8)


def test_any_number_of_packets_is_predicted_in_batches():
    sizes = []

    def function(packets):
        sizes.append(len(packets))
        share = packets[:, :1] / 255
        return {"application": np.concatenate([share, 1 - share], axis=1)}

    classifier = RowClassifier(
        ModelFacts({"application": ["x", "y"]}, "strict"), function
    )
    packets = _packets(2 * PACKETS_PER_BATCH + 3)
    np.testing.assert_array_equal(
        classifier.predict(packets)["application"][:, 0],
        np.float32(packets[:, 0] / 255),
    )
    assert sizes == [PACKETS_PER_BATCH, PACKETS_PER_BATCH, 3]


GOOD = np.float32([[0.25, 0.75], [1, 0]])


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({"application": GOOD * np.nan}, "of application are not numbers"),
        ({"application": GOOD + np.inf}, "of application are not numbers"),
        (
            {"application": GOOD[:, :1]},
            "has 1 classes of application, but .* 2",
        ),
        ({"application": np.hstack([GOOD, GOOD])}, "has 4 classes of applica"),
        ({"application": GOOD[:1]}, r"answers 2 rows with .* shape \(1, 2\)"),
        ({"application": GOOD[0]}, r"answers 2 rows with .* shape \(2,\)"),
        ({"application": GOOD[None]}, r"2 rows with .* shape \(1, 2, 2\)"),
        ({"application": np.float32(1)}, r"answers 2 rows with .* shape \(\)"),
        (
            {"application": GOOD.astype("S3")},
            "are of type .S3, which",
        ),
        ({"application": GOOD > 0}, "are of type bool, which are no numbers"),
        ({"application": [["a"], ["b"]]}, "are of type <U1"),
        ({"application": [[-5, 6], [0, 1]]}, "not between 0 and 1, .* -5 to 6"),
        ({"application": GOOD - 0.1}, "are not between 0 and 1, but from -0.1"),
        ({"application": GOOD / 2}, "do not add up to 1, but to 0.5"),
        ({"auxiliary": GOOD}, r"tasks \['auxiliary'\], but .*application"),
        ({"application": GOOD, "x": GOOD}, r"tasks \['application', 'x'\]"),
        ({}, r"has the tasks \[\], but its description \['application'\]"),
        ({"application": [[1], [0, 1]]}, "cannot be run: setting an array el"),
        (GOOD, "has the outputs of type ndarray, which have no names"),
    ],
)
@pytest.mark.parametrize("method", ["predict", "check"])
def test_model_that_is_not_as_described(method, outputs, message):
    classifier = RowClassifier(
        ModelFacts({"application": ["x", "y"]}, "strict"), lambda _: outputs
    )
    given = {"predict": _packets(2), "check": "there"}[method]
    with pytest.raises(InputError, match=message) as caught:
        getattr(classifier, method)(given)
    assert str(caught.value).isprintable()
    assert str(caught.value).startswith("there: ") == (method == "check")


def _scoring(**outputs):
    facts = ModelFacts(
        {"application": ["x", "y"]}, "strict", unknown={"row": [0.0, 1.0]}
    )
    return RowClassifier(facts, lambda _: outputs)


def test_score_of_unknown_traffic_is_answered():
    classifier = _scoring(application=GOOD, unknown=np.array([-3.0, 1e4]))
    found = classifier.predict(_packets(2))["unknown"]
    np.testing.assert_array_equal(found, np.float32([-3, 1e4]))
    assert found.dtype == np.float32


@pytest.mark.parametrize(
    "scores",
    [[[1.0], [2.0]], [1.0], [1.0, np.nan], [1.0, np.inf], ["a", "b"], 1.0],
)
def test_score_that_is_not_one_number_a_row(scores):
    classifier = _scoring(application=GOOD, unknown=np.array(scores))
    with pytest.raises(InputError, match="2 rows with 'unknown' of type"):
        classifier.predict(_packets(2))


def test_score_that_is_missing_or_not_described():
    with pytest.raises(InputError, match=r"description \['appl.*'unknown'\]"):
        _scoring(application=GOOD).predict(_packets(2))
    facts = ModelFacts({"application": ["x", "y"]}, "strict")
    classifier = RowClassifier(
        facts, lambda _: {"application": GOOD, "unknown": np.ones(2)}
    )
    with pytest.raises(InputError, match=r"tasks \['application', 'unknown'\]"):
        classifier.predict(_packets(2))


def test_model_that_cannot_be_run():
    def function(packets):
        raise RuntimeError("no such\nkernel")

    classifier = RowClassifier(ModelFacts({"a": ["x"]}, "strict"), function)
    with pytest.raises(InputError) as caught:
        classifier.check("there")
    assert str(caught.value) == "there: the model cannot be run: no such"


def test_model_that_cannot_be_run_on_the_last_batch():
    def function(packets):
        if len(packets) != PACKETS_PER_BATCH:
            raise RuntimeError("expected 128 rows")
        return {"a": np.ones((len(packets), 1))}

    classifier = RowClassifier(ModelFacts({"a": ["x"]}, "strict"), function)
    with pytest.raises(InputError, match="cannot be run: expected 128 rows"):
        classifier.predict(_packets(PACKETS_PER_BATCH + 1))


def test_model_that_is_as_described():
    classifier = RowClassifier(
        ModelFacts({"a": ["x", "y"]}, "clean", features=("f", "g", "h")),
        lambda rows: {"a": np.full((len(rows), rows.shape[1] - 1), 0.5)},
    )
    assert classifier.check("there") is classifier
    assert classifier.predict(np.zeros((1, 3)))["a"].dtype == np.float32


def test_model_of_flows():
    shapes = []

    def function(series):
        shapes.append(series.shape)
        return {"a": np.full((len(series), 2), 0.5)}

    facts = ModelFacts({"a": ["x", "y"]}, "strict", packets_per_flow=7)
    classifier = RowClassifier(facts, function).check("there")
    classifier.predict(np.zeros((WINDOWS_PER_BATCH + 1, 7, 68), np.float32))
    assert shapes == [(2, 7, 68), (WINDOWS_PER_BATCH, 7, 68), (1, 7, 68)]
