import numpy as np

from mtc_tf.evaluation.metrics import classification_metrics
from mtc_tf.evaluation.report import format_report

RESULT = {
    "part": "test",
    "dataset": {"name": "captures", "config": "flow", "version": "1.0.0"},
    "split": "flow",
    "split_seed": 3,
    "recipe": "strict",
    "label_map": {"version": "own", "digest": "0a"},
    "digests": {"train": "01", "test": "02"},
    "training_seed": 7,
    "model": "MTC, encoders 1,5,6",
    "parameters": 1_581_416,
    "versions": {"keras": "3.15.1", "numpy": "2.4.6"},
    "tasks": {
        "application": classification_metrics(
            np.array([0, 0, 0, 1, -1]),
            np.eye(3)[[0, 0, 1, 1, 2]],
            ["Chat", "Email", "VoIP"],
        ),
        "auxiliary": classification_metrics(
            np.array([-1]), np.eye(2)[[0]], ["a", "b"]
        ),
    },
}
REPORT = """\
dataset    captures/flow 1.0.0
part       test, sha256 02
split      by flow, split seed 3
label map  own, sha256 0a
recipe     strict
model      MTC, encoders 1,5,6; 1,581,416 parameters, seed 7
versions   keras 3.15.1, numpy 2.4.6

application
===========
4 rows with a label, 1 without; averages over the 2 of 3 classes that have rows
the model: accuracy 0.7500, macro F1 0.7333

                     F1  recall  precision  count
Chat             0.8000  0.6667     1.0000      3
Email            0.6667  1.0000     0.5000      1
VoIP                  -       -          -      0
macro average    0.7333  0.8333     0.7500      4
weighted average 0.7667  0.7500     0.8750      4

confusion matrix
         0  1  2
0 Chat   2  1  0
1 Email  0  1  0
2 VoIP   0  0  0

auxiliary
=========
no row of this part has a label"""


def test_report():
    assert format_report(RESULT) == REPORT


def test_masks_of_a_run_are_told():
    text = format_report({**RESULT, "masks": ["ip.id", "ip.ttl"]})
    assert "\nmasks      ip.id, ip.ttl\nmodel " in text


def test_names_that_a_terminal_would_obey():
    names = ["\x1b[2J", "a\nb", "VoIP"]
    result = {
        **RESULT,
        "model": "MTC\x07",
        "tasks": {
            "app\x9b": classification_metrics(
                np.array([0, 1, 2]), np.eye(3), names
            )
        },
    }
    lines = format_report(result).splitlines()
    assert all(map(str.isprintable, lines))
    shown = (r"app\x9b", r"\x1b[2J ", r"a\nb  ", r"1 a\nb ")
    for start in (r"model      MTC\x07", *shown):
        assert any(line.startswith(start) for line in lines), start
