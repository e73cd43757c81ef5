import pytest

from mtc_tf.errors import InputError
from mtc_tf.files.flagfiles import expand_flagfiles
from mtc_tf.files.flagfiles import read_flagfile

MTC = "--flagfile=configs/cicids2017/mtc.flags"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_flagfile_of_the_package_and_those_that_it_names():
    flags = expand_flagfiles(["train", MTC, "--seed=1"])
    assert flags[0] == "train" and flags[-1] == "--seed=1"
    # Of configs/base.flags, which comes first.
    assert flags.index("--epochs=100") < flags.index("--num_tokens=7")


def test_flagfile_of_the_current_folder_wins(tmp_path):
    (tmp_path / "configs/cicids2017").mkdir(parents=True)
    (tmp_path / "configs/cicids2017/mtc.flags").write_text("--seed=7\n")
    assert expand_flagfiles([MTC]) == ["--seed=7"]


def test_own_flagfile_builds_on_one_of_the_package(tmp_path):
    (tmp_path / "my.flags").write_text(f"{MTC}\n--epochs=3\n")
    flags = read_flagfile("my.flags")
    assert flags["num_tokens"] == "7" and flags["epochs"] == "3"


def test_flagfile_that_is_missing():
    with pytest.raises(InputError, match="cannot be read: .*nowhere.flags"):
        expand_flagfiles(["--flagfile=nowhere.flags"])


def test_flagfile_that_names_a_missing_one(tmp_path):
    (tmp_path / "my.flags").write_text("--flagfile=nowhere.flags\n")
    with pytest.raises(InputError, match="cannot be read: .*nowhere.flags"):
        read_flagfile("my.flags")


def test_flagfile_that_is_no_text(tmp_path):
    (tmp_path / "my.flags").write_bytes(b"--seed=\xff\n")
    with pytest.raises(InputError, match="cannot be read"):
        read_flagfile("my.flags")
