import os
import pathlib
import re
import signal
import stat
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from mtc_tf.errors import InputError
from mtc_tf.files import atomic
from mtc_tf.files.atomic import replacing


def _leftover(folder, name, content="half"):
    """What a killed writer leaves."""
    partial = folder / name
    partial.mkdir()
    (partial / "x").write_text(content)
    return partial


def test_file_takes_its_name_at_the_end(tmp_path):
    path = tmp_path / "x.json"
    path.write_text("old")
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
        assert temporary.name == "x.json"
        [partial] = set(os.listdir(tmp_path)) - {"x.json"}
        assert re.fullmatch(r"\.x\.json\.\w{8}\.partial", partial)
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["x.json"]


def test_folder_takes_its_name_at_the_end(tmp_path):
    with replacing(tmp_path / "out") as temporary:
        temporary.mkdir()
        (temporary / "a").write_text("new")
        (temporary.parent / "scratch").write_text("not wanted")
    assert os.listdir(tmp_path) == ["out"]
    assert os.listdir(tmp_path / "out") == ["a"]


def test_permissions_are_those_of_any_new_file(tmp_path):
    (tmp_path / "plain").write_text("")
    with replacing(tmp_path / "x") as temporary:
        temporary.write_text("")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_failure_leaves_the_old_file(error, tmp_path):
    path = tmp_path / "x.json"
    path.write_text("old")
    with pytest.raises(error):
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise error
    assert os.listdir(tmp_path) == ["x.json"]
    assert path.read_text() == "old"


def test_relative_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with replacing("x") as temporary:
        temporary.write_text("new")
    assert pathlib.Path("x").read_text() == "new"


def test_what_numpy_and_zipfile_write(tmp_path):
    with replacing(tmp_path / "x.npz") as temporary:
        np.savez(temporary, rows=np.arange(3))
    with replacing(tmp_path / "x.zip") as temporary:
        with zipfile.ZipFile(temporary, "x") as archive:
            archive.writestr("a", "b")
    assert np.load(tmp_path / "x.npz")["rows"].tolist() == [0, 1, 2]
    assert zipfile.ZipFile(tmp_path / "x.zip").namelist() == ["a"]
    assert sorted(os.listdir(tmp_path)) == ["x.npz", "x.zip"]


def test_leftover_of_the_same_target_is_removed(tmp_path):
    _leftover(tmp_path, ".x.json.abcd_123.partial")
    with replacing(tmp_path / "x.json") as temporary:
        temporary.write_text("")
    assert os.listdir(tmp_path) == ["x.json"]


def test_leftover_is_removed_although_the_next_writer_fails(tmp_path):
    _leftover(tmp_path, ".x.json.abcd_123.partial")
    with pytest.raises(RuntimeError):
        with replacing(tmp_path / "x.json"):
            raise RuntimeError
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "name",
    [
        ".x.json.old.abcd_123.partial",  # of `x.json.old`
        ".x_json.abcd_123.partial",
        ".x.json.partial",
        "x.json.abcd_123.partial",
        ".x.json.abcd_123.partial.txt",
    ],
)
def test_what_only_looks_like_a_leftover_stays(name, tmp_path):
    partial = _leftover(tmp_path, name)
    with replacing(tmp_path / "x.json") as temporary:
        temporary.write_text("")
    assert (partial / "x").read_text() == "half"


@pytest.mark.parametrize("kind", ["file", "fifo", "link"])
def test_what_is_no_folder_is_no_leftover(kind, tmp_path):
    partial = tmp_path / ".x.abcd_123.partial"
    elsewhere = _leftover(tmp_path, "elsewhere")
    if kind == "file":
        partial.write_text("")
    elif kind == "fifo":
        os.mkfifo(partial)
    else:
        partial.symlink_to(elsewhere)
    with replacing(tmp_path / "x") as temporary:
        temporary.write_text("")
    assert partial.exists()
    assert os.listdir(elsewhere) == ["x"]


def test_another_writer_at_the_same_time(tmp_path):
    path = tmp_path / "x"
    with replacing(path) as first:
        first.write_text("first")
        with replacing(path) as second:
            second.write_text("second")
        assert path.read_text() == "second"
    assert path.read_text() == "first"
    assert os.listdir(tmp_path) == ["x"]


_KILLED = """
import os, signal, sys
from mtc_tf.files.atomic import replacing
with replacing(sys.argv[1]) as temporary:
    temporary.write_text("half")
    print(temporary.parent, flush=True)
    input()
"""


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path):
    path = tmp_path / "x"
    with subprocess.Popen(
        [sys.executable, "-c", _KILLED, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        partial = pathlib.Path(process.stdout.readline().strip())
        with replacing(path) as temporary:
            temporary.write_text("while it lived")
        assert os.listdir(partial) == ["x"]
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert os.listdir(partial) == ["x"]
    with replacing(path) as temporary:
        temporary.write_text("afterwards")
    assert os.listdir(tmp_path) == ["x"]
    assert path.read_text() == "afterwards"


def test_folder_that_another_process_took_for_a_leftover(tmp_path, monkeypatch):
    made = []

    def make(make=atomic.tempfile.mkdtemp, **options):
        made.append(make(**options))
        if len(made) == 1:
            os.rmdir(made[0])
        return made[-1]

    monkeypatch.setattr(atomic.tempfile, "mkdtemp", make)
    with replacing(tmp_path / "x") as temporary:
        temporary.write_text("new")
    assert len(made) == 2
    assert os.listdir(tmp_path) == ["x"]


def test_file_system_without_locks(tmp_path, monkeypatch):
    def flock(descriptor, operation):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(atomic.fcntl, "flock", flock)
    partial = _leftover(tmp_path, ".x.abcd_123.partial")
    with replacing(tmp_path / "x") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "x").read_text() == "new"
    # Whether its writer lives cannot be told.
    assert partial.exists()


def test_folder_that_is_missing(tmp_path):
    path = tmp_path / "none/x"
    with pytest.raises(InputError) as caught:
        with replacing(path):
            raise AssertionError
    assert str(caught.value) == (
        f"{path} cannot be written: No such file or directory"
    )


def test_folder_in_the_place_of_the_file(tmp_path):
    (tmp_path / "x").mkdir()
    with pytest.raises(InputError, match="/x cannot be written: Is a dir"):
        with replacing(tmp_path / "x") as temporary:
            temporary.write_text("")
    assert os.listdir(tmp_path) == ["x"]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(28, "No space left on device"), "No space left on device"),
        # As h5py words it.
        (OSError("Can't write (errno = 28)\n  more"), r"Can't write \(errno.*"),
    ],
)
def test_full_disk(error, message, tmp_path):
    with pytest.raises(InputError) as caught:
        with replacing(tmp_path / "x") as temporary:
            temporary.write_text("half")
            raise error
    assert re.fullmatch(
        f"{re.escape(str(tmp_path))}/x cannot be written: {message}",
        str(caught.value),
    )


def test_source_that_cannot_be_read_is_not_the_target(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        with replacing(tmp_path / "x") as temporary:
            temporary.write_text((tmp_path / "source").read_text())
    assert str(caught.value.filename).endswith("source")


@pytest.mark.parametrize("name", ["a b*[c].json", "ä.txt", "x\ny", "caf\udce9"])
def test_names_of_any_kind(name, tmp_path):
    _leftover(tmp_path, f".{name}.abcd_123.partial")
    with replacing(tmp_path / name) as temporary:
        temporary.write_text("")
    assert os.listdir(tmp_path) == [name]
