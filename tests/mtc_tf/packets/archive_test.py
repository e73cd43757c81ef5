import resource
import subprocess
import sys

import numpy as np
import pytest

from mtc_tf.errors import InputError
from mtc_tf.packets.archive import write_archive

CHUNKS = [
    {"packets": np.arange(6, dtype=np.uint8).reshape(2, 3)},
    {"packets": np.zeros((0, 3), np.uint8), "flows": np.array([-1, 5])},
    {"packets": np.full((1, 3), 7, np.uint8), "names": np.array(["a", "bc"])},
]


def test_columns_are_put_one_behind_the_other(tmp_path):
    output = tmp_path / "x.npz"
    write_archive(CHUNKS, output)
    with np.load(output) as archive:
        assert sorted(archive) == ["flows", "names", "packets"]
        assert archive["packets"].tolist() == [[0, 1, 2], [3, 4, 5], [7, 7, 7]]
        assert archive["packets"].dtype == np.uint8
        assert archive["flows"].tolist() == [-1, 5]
        assert archive["names"].tolist() == ["a", "bc"]
    assert list(tmp_path.iterdir()) == [output]


def test_an_old_file_is_replaced(tmp_path):
    output = tmp_path / "x.npz"
    output.write_text("old")
    write_archive(CHUNKS, output)
    assert np.load(output)["flows"].tolist() == [-1, 5]


@pytest.mark.parametrize("error", [KeyboardInterrupt, InputError("bad")])
def test_nothing_is_left_when_the_chunks_break_off(tmp_path, error):
    def chunks():
        yield CHUNKS[0]
        raise error

    output = tmp_path / "x.npz"
    output.write_text("old")
    with pytest.raises(type(error) if isinstance(error, Exception) else error):
        write_archive(chunks(), output)
    assert list(tmp_path.iterdir()) == [output]
    assert output.read_text() == "old"


def test_missing_folder(tmp_path):
    output = tmp_path / "none" / "x.npz"
    with pytest.raises(InputError, match="x.npz cannot be written: No such"):
        write_archive(CHUNKS, output)


# The limit on the size of a file stands for a full disk: a write beyond it
# fails as one to a full disk does.
LIMITED = """
import pathlib, resource, signal, sys
import numpy as np
from mtc_tf.errors import InputError
from mtc_tf.packets.archive import write_archive
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
chunks = [{"packets": np.ones((100, 1500), np.uint8)}] * 4
try:
    write_archive(chunks, pathlib.Path(sys.argv[1]))
except InputError as error:
    print(error)
"""


@pytest.mark.parametrize("limit", [200_000, 600_050])
def test_full_disk(tmp_path, limit):
    output = tmp_path / "x.npz"
    result = subprocess.run(
        [sys.executable, "-c", LIMITED, output, str(limit)],
        capture_output=True,
        text=True,
    )
    assert result.stdout == f"{output} cannot be written: File too large\n"
    assert result.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_columns(tmp_path):
    def chunks():
        for _ in range(200):
            yield {"packets": np.zeros((1000, 1500), np.uint8)}

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    write_archive(chunks(), tmp_path / "x.npz")
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 30_000  # kB, for 300 MB
