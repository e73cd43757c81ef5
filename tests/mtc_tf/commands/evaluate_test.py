"""`mtc evaluate`."""

import json
import os
import shutil

import numpy as np
import pytest
from sklearn.metrics import f1_score

from mtc_tf.cli import main
from mtc_tf.evaluation.kept_answers import read_answers
from mtc_tf.evaluation.unknown_traffic import unknown_traffic
from mtc_tf.runs.run_directory import load_run


@pytest.fixture
def workdir(trained_run, tmp_path):
    shutil.copytree(trained_run, tmp_path / "run")
    return tmp_path / "run"


def test_figures_are_printed_and_written(workdir, capsys):
    assert main(["evaluate", f"--workdir={workdir}", "--no_baselines"]) == 0
    result = json.loads((workdir / "metrics.json").read_text("utf-8"))
    out = capsys.readouterr().out
    assert out.startswith("dataset    iscx_vpn_nonvpn/flow 2.0.1\n")
    assert result["digests"]["test"] in out
    for task, figures in result["tasks"].items():
        assert task in out
        assert f"macro F1 {figures['macro']['f1']:.4f}" in out
    page = workdir / "report.html"
    assert out.endswith(
        f"written to {workdir / 'metrics.json'}\n"
        "temperatures, and scores of known traffic: "
        f"{workdir / 'confidence.json'}\n"
        f"what an answer costs: {workdir / 'cost.json'}\n"
        f"the page of it: {page}\n"
    )
    for task, figures in result["tasks"].items():
        answers = read_answers(workdir / "answers.npz", task, has_flows=True)
        truth, classes = answers["rows"]
        assert np.mean(truth == classes) == pytest.approx(figures["accuracy"])
        truth, votes = answers["flows"]
        assert f1_score(
            truth, votes, labels=np.unique(truth), average="macro"
        ) == pytest.approx(figures["figures"]["vote"]["value"])
    # With what became of the captures, which `run.json` holds.
    assert "Data report of iscx_vpn_nonvpn/flow" in page.read_text("utf-8")
    cost = json.loads((workdir / "cost.json").read_text("utf-8"))
    assert f">{cost['flops']:,}</td>" in page.read_text("utf-8")
    # Nothing was left out of this training.
    assert not (workdir / "unknown_traffic.json").exists()


def test_application_that_was_left_out_is_sought(left_out_run):
    path = left_out_run / "unknown_traffic.json"
    result = json.loads(path.read_text("utf-8"))
    assert result == unknown_traffic(load_run(left_out_run))
    page = (left_out_run / "report.html").read_text("utf-8")
    assert "The training left out Torrent" in page


@pytest.mark.slow
def test_other_part_has_a_file_of_its_own(workdir):
    assert main(["evaluate", f"--workdir={workdir}", "--part=train"]) == 0
    result = json.loads((workdir / "metrics_train.json").read_text("utf-8"))
    assert result["part"] == "train"
    assert not (workdir / "metrics.json").exists()
    assert not (workdir / "answers.npz").exists()
    assert not (workdir / "report.html").exists()
    assert not (workdir / "cost.json").exists()


def test_folder_that_is_no_run(tmp_path, capsys):
    assert main(["evaluate", f"--workdir={tmp_path}"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("mtc: error: ")
    assert "holds no run" in line


def test_failure_leaves_the_old_figures(workdir, capsys):
    (workdir / "metrics.json").write_text("old")
    before = sorted(os.listdir(workdir))
    status = main(["evaluate", f"--workdir={workdir}", f"--data_dir={workdir}"])
    assert status == 1
    assert "no prepared dataset" in capsys.readouterr().err
    assert (workdir / "metrics.json").read_text() == "old"
    assert sorted(os.listdir(workdir)) == before
