import json
import shutil

import pytest

from benchmarks import gradient_boosting
from mtc_tf.evaluation.evaluate import evaluate
from mtc_tf.runs.run_directory import load_run


@pytest.fixture
def evaluated_run(trained_record_run, tmp_path):
    shutil.copytree(trained_record_run, tmp_path / "run")
    result = evaluate(load_run(trained_record_run), "test")
    (tmp_path / "run/metrics.json").write_text(json.dumps(result))
    return tmp_path / "run"


def test_trees_stand_beside_the_run(evaluated_run, capsys):
    status = gradient_boosting.main([f"--workdir={evaluated_run}"])
    out = capsys.readouterr().out
    assert status == 0
    lines = out.splitlines()
    assert lines[0] == "cicids2017/clean 2.0.0"
    attack, malicious = lines.index("attack"), lines.index("malicious")
    # Each class with its figures, then the average.
    assert malicious - attack == 2 + 6 + 1 + 2 + 1
    [botnet] = [line for line in lines if line.startswith("Botnet ARES")]
    assert botnet.split()[-1] == "1"
    assert "always Benign 0.4615" in out  # 6 of 13


def test_run_without_figures(trained_record_run, capsys):
    status = gradient_boosting.main([f"--workdir={trained_record_run}"])
    assert status == 1
    assert "holds no figures" in capsys.readouterr().err
