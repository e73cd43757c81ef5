"""`mtc compare`."""

import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from mtc_tf.cli import main
from mtc_tf.evaluation.kept_answers import write_answers


def _figures(f1):
    return {"rows": 10, "macro": {"f1": f1}}


@pytest.fixture
def workdirs(tmp_path):
    for split, f1 in (("packet", 0.9876), ("flow", 0.5)):
        result = {
            "dataset": {"name": "lab"},
            "split": split,
            "recipe": "strict",
            "model": "mtc",
            "tasks": {
                "application": _figures(f1),
                "traffic_type": {"rows": 0},
            },
        }
        (tmp_path / split).mkdir()
        (tmp_path / split / "metrics.json").write_text(json.dumps(result))
    return [str(tmp_path / "packet"), str(tmp_path / "flow")]


def test_a_row_a_run_in_the_order_given(workdirs, capsys):
    assert main(["compare", *workdirs]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[1:3]] == [
        ["lab", "packet", "strict", "mtc", "0.988"],
        ["lab", "flow", "strict", "mtc", "0.500"],
    ]


def test_rows_that_a_training_changed_are_told(workdirs, capsys):
    path = pathlib.Path(workdirs[1]) / "metrics.json"
    result = json.loads(path.read_text())
    result |= {"masks": ["ip.id", "ip.ttl"], "label_shuffle_seed": 3}
    path.write_text(json.dumps(result))
    assert main(["compare", *workdirs]) == 0
    head, whole, changed, *_ = capsys.readouterr().out.splitlines()
    assert "masks" in head and "labels" in head
    assert "ip.id, ip.ttl  shuffled in training, seed 3" in changed
    assert whole.split()[3:5] == ["mtc", "0.988"]


@pytest.fixture
def run_of_flows(workdirs, tmp_path):
    path = tmp_path / "flow" / "metrics.json"
    result = json.loads(path.read_text())

    def figures(fw16, vote):
        values = {"macro_f1": 0.75, "fw16": fw16, "vote_10": vote}
        return {
            name: {"value": value, "interval": None}
            for name, value in values.items()
        }

    result["tasks"]["application"] |= {
        "figures": figures(0.25, 0.5),
        "baselines": {
            "lower port": figures(0.125, 0.0625),
            "forest": figures(0.375, 0.4375),
        },
    }
    path.write_text(json.dumps(result))
    return str(tmp_path / "flow")


def test_flows_count_where_they_were_counted(workdirs, run_of_flows, capsys):
    assert main(["compare", *workdirs]) == 0
    packet, flow = capsys.readouterr().out.splitlines()[1:3]
    assert packet.endswith(" 0.988")
    assert flow.endswith(" 0.250 / 0.500")


def test_baselines_stand_below_their_run(workdirs, run_of_flows, capsys):
    assert main(["compare", run_of_flows, "--baselines"]) == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [line.split("strict")[1].strip() for line in lines] == [
        "mtc         0.250 / 0.500",
        "lower port  0.125 / 0.062",
        "forest      0.375 / 0.438",
    ]


def test_runs_without_baselines_have_none_below(workdirs, capsys):
    assert main(["compare", workdirs[0], "--baselines"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_baselines_of_records_have_no_flows(workdirs, tmp_path, capsys):
    path = tmp_path / "flow" / "metrics.json"
    result = json.loads(path.read_text())
    row = {"macro_f1": {"value": 0.75, "interval": None}}
    result["tasks"]["application"] |= {
        "figures": row,
        "baselines": {"forest": row},
    }
    path.write_text(json.dumps(result))
    assert main(["compare", str(tmp_path / "flow"), "--baselines"]) == 0
    ours, forest = capsys.readouterr().out.splitlines()[1:]
    assert ours.endswith(" 0.500")
    assert forest.endswith(" 0.750")


def test_names_that_a_terminal_would_obey(workdirs, tmp_path, capsys):
    path = tmp_path / "flow" / "metrics.json"
    result = json.loads(path.read_text())
    result["model"] = "\x1b[2Jmtc\n"
    result["tasks"] = {"appli\x07cation": result["tasks"]["application"]}
    path.write_text(json.dumps(result))
    assert main(["compare", *workdirs]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert r"appli\x07cation" in lines[0]
    assert r"\x1b[2Jmtc\n" in lines[2]
    assert all(map(str.isprintable, lines))


def test_run_without_figures_is_named(workdirs, tmp_path, capsys):
    assert main(["compare", *workdirs, str(tmp_path)]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert f"{tmp_path} holds no figures" in line
    assert "mtc evaluate" in line


def test_damaged_figures_are_named(tmp_path, capsys):
    (tmp_path / "metrics.json").write_text("{")
    assert main(["compare", str(tmp_path)]) == 1
    assert "not valid JSON" in capsys.readouterr().err


def test_figures_of_an_older_version_are_named(tmp_path, capsys):
    (tmp_path / "metrics.json").write_text('{"tasks": {}}')
    assert main(["compare", str(tmp_path)]) == 1
    assert "metrics.json lacks 'dataset'" in capsys.readouterr().err


def test_needs_no_tensorflow(workdirs):
    code = (
        "import sys; from mtc_tf.cli import main; main(sys.argv[1:]); "
        "assert 'tensorflow' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", code, "compare", *workdirs], check=True
    )


def test_two_runs_without_answers_are_not_tested(workdirs, capsys):
    assert main(["compare", *workdirs]) == 0
    blank, reason = capsys.readouterr().out.splitlines()[3:]
    assert blank == ""
    assert f"the answers of {workdirs[0]} are missing" in reason


def test_more_runs_are_not_tested(workdirs, capsys):
    assert main(["compare", *workdirs, workdirs[0]]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_two_runs_of_the_same_rows_are_tested(workdirs, capsys):
    truth = np.array([0, 0, 0, 0, 0, 0, 1])
    rows = {"application": truth}
    for workdir, classes in (
        (workdirs[0], [0, 0, 0, 0, 0, 0, 1]),
        (workdirs[1], [1, 1, 1, 1, 1, 1, 1]),
    ):
        path = pathlib.Path(workdir) / "metrics.json"
        result = json.loads(path.read_text())
        result["tasks"]["application"]["classes"] = {"a": {}, "b": {}}
        path.write_text(json.dumps(result))
        answers = {"application": np.eye(2)[classes]}
        write_answers(path.with_name("answers.npz"), rows, answers)
    assert main(["compare", *workdirs]) == 0
    # All heads of six coins, or all tails.
    assert capsys.readouterr().out.splitlines()[-1] == (
        f"application, 7 rows: only {workdirs[0]} gets 6 right, only "
        f"{workdirs[1]} 0; p = 0.031: {workdirs[0]} wins"
    )
