import numpy as np
import pytest

from mtc_tf.data.kept_arrays import keep_arrays
from mtc_tf.data.kept_arrays import kept_arrays
from mtc_tf.data.kept_arrays import needed_arrays
from mtc_tf.errors import InputError

PLACES = np.dtype([("bucket", "<i4"), ("offset", "<i8")])
ARRAYS = {
    "odd": np.arange(5, dtype=np.uint8),
    "none": np.empty(0, np.int64),
    "words": np.array([-1, 2**62]),
    "places": np.array([(1, 2**40), (3, 4)], PLACES),
}
ABOUT = {"name": "Straße", "rows": [[1, None]]}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file.kept"
    keep_arrays(path, ARRAYS, ABOUT)
    return path


def test_all_is_as_it_was(path):
    arrays, about = kept_arrays(path)
    assert about == ABOUT
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)
    assert list(path.parent.iterdir()) == [path]


def test_nothing_but_what_is_about(tmp_path):
    keep_arrays(tmp_path / "file", {}, ["x"])
    assert kept_arrays(tmp_path / "file") == ({}, ["x"])


def test_file_of_which_something_is_lost(path):
    content = path.read_bytes()
    for end in range(len(content)):
        path.write_bytes(content[:end])
        assert kept_arrays(path) is None
    for place in range(len(content)):
        path.write_bytes(content[:place] + b"\xff" + content[place + 1 :])
        is_changed = content[place] != 0xFF
        assert (kept_arrays(path) is None) == is_changed
    path.write_bytes(bytes(len(content)))
    assert kept_arrays(path) is None


def test_file_that_is_needed(path):
    needed_arrays(path)
    path.unlink()
    assert kept_arrays(path) is None
    message = "file.kept is missing or damaged; begin the build again$"
    with pytest.raises(InputError, match=message):
        needed_arrays(path)
