import numpy as np
import pytest

from mtc_tf.export.macro_f1 import macro_f1
from mtc_tf.export.macro_f1 import points_lost
from mtc_tf.export.validation_rows import ValidationRows

TASKS = {"a": ["x", "y"], "b": ["z", "w"]}


def test_rows_without_a_label_do_not_count():
    labels = {"a": np.array([0, 1, -1]), "b": np.array([-1, -1, -1])}
    right = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    wrong = np.array([[0.1, 0.9], [0.2, 0.8], [0.5, 0.5]])
    validation = ValidationRows(np.zeros((3, 1)), labels)
    exact = macro_f1(validation, {"a": right, "b": right}, TASKS)
    own = macro_f1(validation, {"a": wrong, "b": wrong}, TASKS)
    assert exact == {"a": 1.0}
    # F1 is 0 of one class, and 2/3 of the other.
    assert points_lost(exact, own) == {"a": pytest.approx(200 / 3)}
