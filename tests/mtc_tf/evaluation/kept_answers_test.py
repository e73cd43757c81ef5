import numpy as np
import pytest

from mtc_tf.errors import InputError
from mtc_tf.evaluation.kept_answers import read_answers
from mtc_tf.evaluation.kept_answers import write_answers

# Flow 70 has two rows, of which the later one is surer; flow 80 has no label.
ROWS = {
    "application": np.array([-1, 1, 1, 2]),
    "flow": np.array([80, 70, 70, 90]),
    "timestamp": np.array([0.0, 2.0, 1.0, 3.0]),
}
ANSWERS = {
    "application": np.array(
        [[1.0, 0, 0], [0, 0.9, 0.1], [0.6, 0.4, 0], [0.5, 0.3, 0.2]]
    )
}


@pytest.fixture
def path(tmp_path):
    write_answers(tmp_path / "answers.npz", ROWS, ANSWERS)
    return tmp_path / "answers.npz"


def test_file_holds_small_integers(path):
    with np.load(path) as arrays:
        assert {name: (x.dtype, x.tolist()) for name, x in arrays.items()} == {
            "application.true": ("int16", [-1, 1, 1, 2]),
            "application.answer": ("int16", [0, 1, 0, 0]),
            # Of the flows 70, 80 and 90.
            "application.vote": ("int16", [1, 0, 0]),
            "flow": ("int32", [1, 0, 0, 2]),
        }


def test_what_has_a_label_is_read(path):
    answers = read_answers(path, "application", has_flows=True)
    assert {
        counted: [values.tolist() for values in pair]
        for counted, pair in answers.items()
    } == {"rows": [[1, 1, 2], [1, 0, 0]], "flows": [[1, 2], [1, 0]]}


def test_records_have_no_flows(tmp_path):
    rows = {"application": ROWS["application"]}
    write_answers(tmp_path / "answers.npz", rows, ANSWERS)
    path = tmp_path / "answers.npz"
    assert list(read_answers(path, "application", has_flows=False)) == ["rows"]
    with pytest.raises(InputError, match="cannot be read"):
        read_answers(path, "application", has_flows=True)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("application.answer", [1, 0, 0]),
        ("application.vote", [1, 0]),
        ("flow", [0, 0, 0, 0]),
    ],
)
def test_arrays_that_do_not_fit_are_refused(name, values, path):
    with np.load(path) as arrays:
        changed = dict(arrays)
    changed[name] = np.array(values, changed[name].dtype)
    np.savez(path, **changed)
    with pytest.raises(InputError, match="do not fit together"):
        read_answers(path, "application", has_flows=True)
