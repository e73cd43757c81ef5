import csv
import json
import pathlib
import subprocess

import pytest

from mtc_tf.cli import main
from mtc_tf.commands import table as table_command
from mtc_tf.errors import InputError
from mtc_tf.evaluation.tables import Tables
from mtc_tf.evaluation.tables import table_lines

CONFIGS = pathlib.Path(__file__).parents[3] / "configs"


@pytest.fixture(scope="module")
def tables():
    return Tables(CONFIGS)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """The flagfiles are those of the package, wherever one stands."""
    monkeypatch.chdir(tmp_path)


def _write_metrics(workdir, f1, recall, interval=None):
    workdir.mkdir(parents=True)
    figures = {"macro_f1": {"value": f1, "interval": interval}}
    content = {
        "dataset": {"name": "captures", "config": "flow"},
        "protocol": {"epochs": 100, "max_steps": 20, "seed": 0},
        "tasks": {
            task: {"macro": {"f1": f1, "recall": recall}, "figures": figures}
            for task in ("application", "traffic_type")
        },
    }
    (workdir / "metrics.json").write_text(json.dumps(content))


def test_every_flagfile_of_a_table_is_a_row(tables):
    listed = {row.flagfile for row in tables.rows} - {""}
    found = {
        str(path.relative_to(CONFIGS))
        for path in CONFIGS.glob("table*/*.flags")
    }
    assert listed == found


def test_row_without_a_flagfile_says_why(tables):
    for row in tables.rows:
        assert bool(row.flagfile) != bool(row.note), row


def test_rows_with_the_same_flags_share_their_runs(tables):
    def names(*flagfiles):
        rows = {row.flagfile: row for row in tables.rows}
        return {tables.experiment(rows[file]).name for file in flagfiles}

    assert names(
        "table4/iscx_mtc.flags",
        "table8/dropout_0.07.flags",
        "table9/epochs_100.flags",
    ) == {"table4/iscx_mtc"}
    assert names("table6/encoders_5_6.flags", "table7/weights_4_2_1.flags") == {
        "table6/encoders_5_6"
    }
    assert names("table7/weights_6_2_1.flags", "table8/dropout_0.05.flags") == {
        "table7/weights_6_2_1"
    }
    # 4 + 3 of Table 4, 9 of Table 5, then what is new in each.
    experiments = map(tables.experiment, tables.rows)
    assert len({x.name for x in experiments if x}) == 7 + 9 + 4 + 4 + 1 + 3


def test_mean_spread_and_interval_of_the_seeds(tables, tmp_path):
    folder = tmp_path / "iscx_vpn_nonvpn-paper/table6/encoders_5_5"
    # Of several runs their own intervals do not count.
    _write_metrics(folder / "0", f1=0.59, recall=0.25, interval=[0.1, 0.9])
    _write_metrics(folder / "1", f1=0.61, recall=0.35, interval=[0.1, 0.9])
    first, second, *others = table_lines(tables, 6, tmp_path)
    assert first == {
        "row": "m2, m3 = 5, 5",
        "task": "application",
        "split": "captures/flow",
        "F1 paper": "97.45",
        # t is 12.706, and s / √2 half of the distance.
        "F1": "60.00 ± 1.41 [47.29, 72.71]",
        "recall paper": "97.46",
        # 30 ± 5 · 12.706: cut at 0.
        "recall": "30.00 ± 7.07 [0.00, 93.53]",
        "seeds": "2",
        "run": "max_steps 20, epochs 100",
    }
    assert second["task"] == "traffic_type"
    assert {(line["F1"], line["seeds"]) for line in others} == {("-", "0")}
    assert {line["run"] for line in others} == {"missing"}


def test_one_run_has_the_interval_of_its_flows(tables, tmp_path):
    folder = tmp_path / "iscx_vpn_nonvpn-paper/table6/encoders_5_5"
    _write_metrics(folder / "0", f1=0.5, recall=0.25, interval=[0.375, 0.625])
    line = table_lines(tables, 6, tmp_path)[0]
    assert (line["F1"], line["recall"]) == ("50.00 [37.50, 62.50]", "25.00")


def test_run_of_an_earlier_version_has_no_interval(tables, tmp_path):
    folder = tmp_path / "iscx_vpn_nonvpn-paper/table6/encoders_5_5"
    _write_metrics(folder / "0", f1=0.5, recall=0.25)
    path = folder / "0/metrics.json"
    content = json.loads(path.read_text())
    for task in content["tasks"].values():
        del task["figures"]
    path.write_text(json.dumps(content))
    assert table_lines(tables, 6, tmp_path)[0]["F1"] == "50.00"


def test_another_dataset_has_runs_of_its_own(tmp_path):
    _write_metrics(tmp_path / "mine-flow/table8/dropout_0.09/3", 0.1, 0.2)
    tables = Tables(CONFIGS, packets="mine/flow", only="packets")
    assert table_lines(tables, 8, tmp_path)[4]["F1"] == "10.00"
    assert table_lines(Tables(CONFIGS), 8, tmp_path)[4]["F1"] == "-"


def test_flows_have_a_dataset_of_their_own():
    tables = Tables(CONFIGS, "mine/paper", flows="mine/flow_series")
    datasets = {
        row.name: tables.experiment(row).dataset
        for row in tables.rows
        if row.table == 5 and row.task == "application" and row.flagfile
    }
    assert datasets == {
        "ID-CNN [21]": "mine/paper",
        "SAE [21]": "mine/paper",
        "CNN + GRU [32]": "mine/flow_series",
        "MTC": "mine/paper",
    }
    assert {row.name for row in Tables(CONFIGS, only="flows").rows} == {
        "TSCRNN [30]",
        "CNN + GRU [32]",
    }


def test_published_figures_only(tables, tmp_path):
    [line] = [
        line
        for line in table_lines(tables, 5, tmp_path)
        if line["row"] == "RBRN [34]"
    ]
    assert (line["F1 paper"], line["F1"]) == ("97.21", "-")
    assert line["run"].startswith("compares flows with labelled ones")


def test_table_that_is_none(tables, tmp_path):
    with pytest.raises(InputError, match=r"\[4, 5, 6, 7, 8, 9\], received 3"):
        table_lines(tables, 3, tmp_path)


@pytest.mark.parametrize("kind", ["text", "markdown", "csv"])
def test_formats(kind, tmp_path, capsys):
    assert main(["table", "9", f"--runs={tmp_path}", f"--format={kind}"]) == 0
    out = capsys.readouterr().out
    if kind == "csv":
        rows = list(csv.DictReader(out.splitlines()))
        assert rows[0]["row"] == "50 epochs"
    else:
        assert len(out.splitlines()) == 8 + (2 if kind == "markdown" else 1)


@pytest.mark.parametrize("kind", ["text", "markdown", "csv"])
def test_names_that_a_terminal_would_obey(kind, tmp_path, capsys):
    workdir = tmp_path / "iscx_vpn_nonvpn-paper/table9/epochs_50/0"
    _write_metrics(workdir, 0.5, 0.5)
    path = workdir / "metrics.json"
    path.write_text(path.read_text().replace("captures", "=1\\u001b\\n"))
    assert main(["table", "9", f"--runs={tmp_path}", f"--format={kind}"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(map(str.isprintable, lines))
    [line, _] = [line for line in lines if r"=1\x1b\n/flow" in line]
    assert ("'=1" in line) == (kind == "csv")


@pytest.fixture
def processes(monkeypatch):
    """Stands in for training and evaluation; the seed 1 fails to train."""
    commands = []

    def run(command, stdout, stderr):
        commands.append([str(word) for word in command])
        [workdir] = [w for w in commands[-1] if w.startswith("--workdir=")]
        workdir = pathlib.Path(workdir.removeprefix("--workdir="))
        if workdir.name == "1":
            stdout.write("reading\nmtc train: error: no data\n")
            return subprocess.CompletedProcess(command, 1)
        if "evaluate" in command:
            _write_metrics(workdir, 0.5, 0.5)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(table_command.subprocess, "run", run)
    return commands


def test_what_is_missing_is_run_once(processes, tmp_path, capsys):
    command = ["table", "8", f"--runs={tmp_path}", "--execute", "--data_dir=D"]
    small = ["--max_steps=5", "--train_flags=--schedule=cosine --seed=9"]
    assert main([*command, *small]) == 0
    trainings = [x for x in processes if "train" in x]
    assert len(trainings) == 3
    assert trainings[0][1:] == [
        *("-m", "mtc_tf.cli", "train"),
        f"--flagfile={CONFIGS}/table7/weights_6_2_1.flags",
        "--dataset=iscx_vpn_nonvpn/paper",
        "--data_dir=D",
        "--seed=0",
        f"--workdir={tmp_path}/iscx_vpn_nonvpn-paper/table7/weights_6_2_1/0",
        "--max_steps=5",
        "--schedule=cosine",
        "--seed=9",
    ]
    out, err = capsys.readouterr()
    assert "[3/3] table8/dropout_0.09, seed 0" in err
    assert "missing" not in out
    assert main(command) == 0
    assert len([x for x in processes if "train" in x]) == 3


def test_steps_follow_the_epochs_of_a_row(processes, tmp_path):
    command = ["table", "9", f"--runs={tmp_path}", "--execute"]
    assert main([*command, "--max_steps=60"]) == 0
    steps = {
        pathlib.Path(training[4]).stem: training[-1]
        for training in processes
        if "train" in training
    }
    assert steps == {
        "epochs_50": "--max_steps=30",
        "epochs_80": "--max_steps=48",
        # Table 4's row, which is that of 100 epochs.
        "iscx_mtc": "--max_steps=60",
        "epochs_120": "--max_steps=72",
    }


def test_failure_is_told_and_the_others_run(processes, tmp_path, capsys):
    command = ["table", "9", f"--runs={tmp_path}", "--execute", "--seeds=1,2"]
    assert main(command) == 1
    out, err = capsys.readouterr()
    assert err.count("failed: mtc train: error: no data") == 4
    assert out.count(" 1  max_steps 20") == 8


def test_seeds_that_are_none(tmp_path, capsys):
    command = ["table", "9", f"--runs={tmp_path}", "--execute", "--seeds=a"]
    assert main(command) == 1
    assert "--seeds takes numbers with commas" in capsys.readouterr().err
