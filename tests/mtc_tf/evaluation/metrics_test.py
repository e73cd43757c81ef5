import json

import numpy as np
import pytest

from mtc_tf.evaluation.metrics import classification_metrics

NAMES = ["Chat", "Email", "VoIP"]
# Chat: 2 of 3 found, one taken for Email. Email: 1 of 1 found. No VoIP.
LABELS = np.array([0, 0, 0, 1])
PREDICTED = np.array([0, 0, 1, 1])


def _certain(predicted, classes=3):
    return np.eye(classes)[predicted]


def test_figures_of_each_class():
    classes = classification_metrics(LABELS, _certain(PREDICTED), NAMES)[
        "classes"
    ]
    assert classes["Chat"] == {
        "count": 3,
        "precision": 1.0,
        "recall": pytest.approx(2 / 3),
        "f1": pytest.approx(4 / 5),
    }
    assert classes["Email"] == {
        "count": 1,
        "precision": 1 / 2,
        "recall": 1.0,
        "f1": pytest.approx(2 / 3),
    }


def test_averages():
    result = classification_metrics(LABELS, _certain(PREDICTED), NAMES)
    assert result["accuracy"] == 3 / 4
    assert result["macro"] == pytest.approx(
        {
            "precision": (1 + 1 / 2) / 2,
            "recall": (2 / 3 + 1) / 2,
            "f1": (4 / 5 + 2 / 3) / 2,
        }
    )
    assert result["weighted"] == pytest.approx(
        {
            "precision": (3 * 1 + 1 / 2) / 4,
            "recall": (3 * 2 / 3 + 1) / 4,
            "f1": (3 * 4 / 5 + 2 / 3) / 4,
        }
    )


def test_confusion_matrix_has_true_classes_as_rows():
    result = classification_metrics(LABELS, _certain(PREDICTED), NAMES)
    assert result["confusion_matrix"] == [[2, 1, 0], [0, 1, 0], [0, 0, 0]]


def test_class_without_rows_has_no_figures_and_no_part_in_averages():
    result = classification_metrics(LABELS, _certain(PREDICTED), NAMES)
    assert result["classes_evaluated"] == ["Chat", "Email"]
    assert result["classes"]["VoIP"] == {
        "count": 0,
        "precision": None,
        "recall": None,
        "f1": None,
    }


def test_prediction_of_a_class_without_rows_counts_against_the_true_one():
    result = classification_metrics(np.array([0, 1]), _certain([0, 2]), NAMES)
    assert result["accuracy"] == 1 / 2
    assert result["macro"]["recall"] == 1 / 2
    assert result["classes"]["Email"]["f1"] == 0


def test_rows_without_label_do_not_count():
    with_gaps = classification_metrics(
        np.append(LABELS, [-1, -1]),
        _certain(np.append(PREDICTED, [0, 2])),
        NAMES,
    )
    without = classification_metrics(LABELS, _certain(PREDICTED), NAMES)
    assert with_gaps.pop("rows_without_label") == 2
    assert without.pop("rows_without_label") == 0
    assert with_gaps == without


def test_no_labelled_row():
    assert classification_metrics(
        np.array([-1, -1]), _certain([0, 1]), NAMES
    ) == {"rows": 0, "rows_without_label": 2, "classes_evaluated": []}


def test_result_is_json():
    result = classification_metrics(LABELS, _certain(PREDICTED), NAMES)
    assert json.loads(json.dumps(result, allow_nan=False)) == result


@pytest.mark.filterwarnings("error")
def test_class_that_is_never_predicted_has_the_precision_0():
    result = classification_metrics(LABELS, _certain([0, 0, 0, 0]), NAMES)
    assert result["classes"]["Email"] == {
        "count": 1,
        "precision": 0.0,
        "recall": 0.0,
        "f1": 0.0,
    }
    # Chat: 3 of 4 predictions right.
    assert result["macro"]["precision"] == 3 / 4 / 2
    assert result["weighted"]["precision"] == 3 / 4 * 3 / 4


def test_shapes_that_do_not_fit():
    with pytest.raises(
        ValueError,
        match=r"^`probabilities` must have .*Expected: \(4, 3\).*\(4, 2\)",
    ):
        classification_metrics(LABELS, _certain(PREDICTED, 2), NAMES)


def test_label_beyond_the_classes():
    with pytest.raises(ValueError):
        classification_metrics(LABELS + 2, _certain(PREDICTED), NAMES)
