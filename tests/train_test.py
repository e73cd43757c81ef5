import json
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
SMALL = (
    "--num_encoders=1,0,0",
    "--stem_strides=50",
    "--batch_size=8",
    "--epochs=1",
)


def _train(*arguments):
    return subprocess.run(
        [sys.executable, "train.py", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        (
            "--num_encoders=1,5",
            "--num_encoders takes 3 numbers for --model=mtc",
        ),
        (
            "--num_encoders=1,x,6",
            "--num_encoders takes 3 numbers for --model=mtc",
        ),
        ("--stem_strides=7", "--stem_strides must divide --hidden_dim=50"),
        ("--loss_weights=aplication=1", "received: 'aplication=1'"),
        ("--loss_weights=application=nan", "a weight above 0"),
        ("--loss_weights=", "--loss_weights names no task"),
        ("--seed=-1", "flag --seed=-1"),
        ("--plateau_factor=1.0", "flag --plateau_factor=1.0"),
    ],
)
def test_bad_flag(flag, message, tmp_path):
    result = _train(f"--workdir={tmp_path / 'run'}", flag)
    assert result.returncode == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "run").exists()


def test_workdir_with_other_files(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    result = _train(f"--workdir={tmp_path}")
    assert result.returncode == 1
    assert "holds other files and no run" in result.stderr


_READ_ALL = """
import sys
from absl import flags
import train

for file in sys.argv[1:]:
    flags.FLAGS.unparse_flags()
    for name in flags.FLAGS:
        flags.FLAGS[name].unparse()
    flags.FLAGS(["train.py", f"--flagfile={file}", "--workdir=x"])
    print(file, train.MODEL.value, *train.check_flags())
"""


def test_flagfiles_are_understood():
    files = sorted((ROOT / "configs").rglob("*.flags"))
    names = [str(file.relative_to(ROOT)) for file in files]
    done = subprocess.run(
        [sys.executable, "-c", _READ_ALL, *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == names
    [transformer] = [x for x in lines if "table4/iscx_transformer" in x]
    assert transformer.endswith(
        "transformer {'application': 4.0, 'traffic_type': 2.0, "
        "'auxiliary': 1.0} (7,)"
    )


def test_dataset_that_is_missing(tmp_path):
    result = _train(f"--data_dir={tmp_path}", f"--workdir={tmp_path / 'run'}")
    assert result.returncode == 1
    [line] = result.stderr.splitlines()
    assert line.startswith("train.py: error: no prepared dataset 'iscx_vpn")


def test_run_directory_is_a_flagfile_and_refuses_another_run(
    prepared_data_dir, tmp_path
):
    workdir = tmp_path / "run"
    where = (f"--data_dir={prepared_data_dir}", f"--workdir={workdir}")
    # Too large a batch must not stand in the way of the next attempt.
    assert _train(*where, "--batch_size=1000").returncode == 1
    first = _train(*where, *SMALL)
    assert first.returncode == 0, first.stderr
    state = json.loads((workdir / "checkpoint/state.json").read_text())
    assert state["finished"]
    again = _train(f"--flagfile={workdir / 'flags.txt'}")
    assert again.returncode == 0, again.stderr
    assert "1 epochs done" in again.stdout
    other = _train(*where, *SMALL, "--seed=1")
    assert other.returncode == 1
    assert "holds another run, which differs in --seed=0 --seed=1" in (
        other.stderr
    )
