"""`mtc explain`."""

import json
import shutil

import pytest

from mtc_tf.cli import main


def test_tables_are_printed_and_written(
    trained_run, tmp_path, monkeypatch, capsys
):
    workdir = tmp_path / "run"
    shutil.copytree(trained_run, workdir)
    asked = []

    def explain(run, part, count, data_dir):
        asked.append((run.path, part, count, data_dir))
        return {"part": part}

    monkeypatch.setattr("mtc_tf.explanation.explain.explain", explain)
    monkeypatch.setattr(
        "mtc_tf.explanation.report.format_explanation", "tables of {}".format
    )
    for arguments, name in (
        (["--rows=3"], "explanation.json"),
        (["--part=train", "--data_dir=d"], "explanation_train.json"),
    ):
        assert main(["explain", f"--workdir={workdir}", *arguments]) == 0
        part = "train" if "train" in name else "test"
        content = json.loads((workdir / name).read_text("utf-8"))
        assert content == {"part": part}
        assert capsys.readouterr().out == (
            f"tables of {content}\n\nwritten to {workdir / name}\n"
        )
    assert asked == [
        (workdir, "test", 3, None),
        (workdir, "train", 512, "d"),
    ]


@pytest.mark.parametrize("part", ["test", "validation"])
def test_page_of_an_evaluated_run(
    part, left_out_run, tmp_path, monkeypatch, capsys
):
    workdir = tmp_path / "run"
    shutil.copytree(left_out_run, workdir)
    field = {"share": 1.0, "mean": 0.5}
    task = {"fields": {"ip.ttl": field}, "randomised": {}}
    monkeypatch.setattr(
        "mtc_tf.explanation.explain.explain",
        lambda *_: {"tasks": {"application": task}},
    )
    monkeypatch.setattr("mtc_tf.explanation.report.format_explanation", str)
    assert main(["explain", f"--workdir={workdir}", f"--part={part}"]) == 0
    page = workdir / "report.html"
    is_shown = part == "test"
    out = capsys.readouterr().out
    assert out.endswith(f"the page of it: {page}\n") == is_shown
    assert (">ip.ttl</td>" in page.read_text("utf-8")) == is_shown


def test_folder_that_is_no_run(tmp_path, capsys):
    assert main(["explain", f"--workdir={tmp_path}"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "holds no run" in line


@pytest.mark.parametrize("rows", ["0", "-1", "many"])
def test_numbers_of_rows_that_are_none(rows, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["explain", f"--workdir={tmp_path}", f"--rows={rows}"])
    assert "expected a whole number above 0" in capsys.readouterr().err
