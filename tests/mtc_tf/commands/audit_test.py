"""`mtc audit`."""

import json
import shutil
import subprocess
import sys

import pytest
from small_captures import LABELS
from small_captures import write_small_dataset

from mtc_tf.audit import out_of_group
from mtc_tf.cli import main


@pytest.fixture(autouse=True)
def few_audit_trees(few_trees, monkeypatch):
    forest = out_of_group.RandomForestClassifier(5, random_state=0)
    monkeypatch.setattr(out_of_group, "_FOREST", forest)


def _audit(*arguments):
    assert main(["audit", *map(str, arguments)]) == 0


def test_prepared_packets(prepared_data_dir, tmp_path, capsys):
    path = tmp_path / "audit.json"
    _audit(
        "iscx_vpn_nonvpn/flow",
        f"--data_dir={prepared_data_dir}",
        f"--output={path}",
    )
    text = capsys.readouterr().out
    assert text.startswith("iscx_vpn_nonvpn/flow/2.0.1: ")
    assert "divided by flow, recipe strict" in text
    # The dummy data have no other group of most classes.
    assert "Captures whose label those of other groups contradict" in text
    assert text.endswith(f"written to {path}\n")
    result = json.loads(path.read_text())
    assert result["shared"]["flow"]["shared"] == 0
    names = {one["name"] for one in result["tells"]}
    assert {"equal row", "flow", "group", "lower port", "ttl"} <= names
    assert list(result["baselines"]["application"]) == [
        "majority",
        "lower port",
        "forest",
        "boosting",
    ]


def test_prepared_records(prepared_record_dir, capsys):
    _audit("cicids2017/clean", f"--data_dir={prepared_record_dir}")
    text = capsys.readouterr().out
    assert "divided by row, recipe clean" in text
    assert "of macro F1 by itself (attack), " in text
    assert "Destination Port" in text
    assert "test rows that train has: 0" in text
    assert "Captures" not in text


def test_folder_of_labelled_captures(tmp_path, capsys):
    write_small_dataset(tmp_path)
    (tmp_path / "labels.csv").write_text(LABELS)
    _audit(tmp_path)
    text = capsys.readouterr().out
    assert text.startswith(f"{tmp_path}: ")
    assert "divided by capture, recipe strict" in text
    assert "application: " in text


def test_folder_is_divided_and_preprocessed_as_asked(tmp_path, capsys):
    write_small_dataset(tmp_path)
    (tmp_path / "labels.csv").write_text(LABELS)
    _audit(tmp_path, "--split=packet", "--recipe=paper")
    text = capsys.readouterr().out
    assert "divided by packet, recipe paper" in text
    # Packets of one flow stand on both sides.
    assert "flows stand in several parts" in text


@pytest.mark.parametrize("option", ["--split=flow", "--recipe=paper"])
def test_prepared_dataset_is_divided_already(option, tmp_path, capsys):
    arguments = ["traffic_lab/flow", f"--data_dir={tmp_path}", option]
    assert main(["audit", *arguments]) == 1
    name = option.partition("=")[0]
    assert capsys.readouterr().err == (
        f"mtc: error: {name} is for a folder of captures; traffic_lab/flow is "
        f"prepared already; received: {option}\n"
    )


def test_split_that_is_none(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["audit", str(tmp_path), "--split=session"])
    assert "argument --split: invalid choice: 'session'" in (
        capsys.readouterr().err
    )


def test_folder_without_labels(tmp_path, capsys):
    assert main(["audit", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        f"mtc: error: {tmp_path}: expected a folder of captures with "
        "labels.csv, or a prepared dataset and --data_dir\n"
    )


def test_dataset_that_is_not_there(tmp_path, capsys):
    code = main(["audit", "traffic_lab/flow", f"--data_dir={tmp_path}"])
    assert code == 1
    assert "no prepared dataset 'traffic_lab/flow'" in capsys.readouterr().err


@pytest.mark.slow
def test_tensorflow_is_not_imported(prepared_record_dir):
    program = (
        "import sys\n"
        "from mtc_tf.cli import main\n"
        "from mtc_tf.evaluation.baselines import shallow_models\n"
        # They take seconds.
        "shallow_models.BASELINES['features'] = {}\n"
        "code = main(['audit', 'cicids2017/clean', "
        f"'--data_dir={prepared_record_dir}'])\n"
        "assert 'tensorflow' not in sys.modules\n"
        "sys.exit(code)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.fixture
def workdir(left_out_run, tmp_path):
    """A copy of an evaluated run."""
    shutil.copytree(left_out_run, tmp_path / "run")
    return tmp_path / "run"


def test_dataset_of_a_run(workdir, prepared_data_dir, tmp_path, capsys):
    path, page = workdir / "audit.json", workdir / "report.html"
    assert "gives away</h2>" not in page.read_text("utf-8")
    _audit(f"--workdir={workdir}")
    out = capsys.readouterr().out
    assert out.startswith("iscx_vpn_nonvpn/flow/2.0.1: ")
    assert out.endswith(f"written to {path}\nthe page of it: {page}\n")
    text = page.read_text("utf-8")
    assert "What the dataset gives away</h2>" in text
    assert "mtc audit --workdir=RUN" not in text
    result = json.loads(path.read_text("utf-8"))
    # The same as without the run.
    other = tmp_path / "other.json"
    _audit(
        "iscx_vpn_nonvpn/flow",
        f"--data_dir={prepared_data_dir}",
        f"--output={other}",
    )
    assert json.loads(other.read_text("utf-8")) == result


def test_dataset_of_a_run_with_other_rows(workdir, tmp_path, capsys):
    info = json.loads((workdir / "run.json").read_text("utf-8"))
    info["digests"]["test"] = "other"
    (workdir / "run.json").write_text(json.dumps(info))
    assert main(["audit", f"--workdir={workdir}"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "is not what the run was trained on: digests" in line
    assert not (workdir / "audit.json").exists()
    arguments = [f"--workdir={workdir}", f"--data_dir={tmp_path}"]
    assert main(["audit", *arguments]) == 1
    assert "no prepared dataset" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "received"),
    [([], "neither"), (["lab/flow", "--workdir=x"], "both")],
)
def test_dataset_or_run(arguments, received, capsys):
    assert main(["audit", *arguments]) == 1
    assert capsys.readouterr().err == (
        f"mtc: error: expected DATASET or --workdir, received {received}\n"
    )
