"""The page that commands write anew."""

import pytest

from mtc_tf.commands.run_page import write_run_page
from mtc_tf.errors import InputError
from mtc_tf.evaluation.page import page


@pytest.fixture
def pages(monkeypatch):
    written = []
    monkeypatch.setattr(page, "write_page", lambda *x: written.append(x))
    return written


def test_page_of_an_evaluated_run(pages, tmp_path, capsys):
    (tmp_path / "metrics.json").touch()
    write_run_page(tmp_path)
    assert pages == [([tmp_path], tmp_path / "report.html")]
    out = capsys.readouterr().out
    assert out == f"the page of it: {tmp_path / 'report.html'}\n"


def test_run_without_figures_has_no_page(pages, tmp_path, capsys):
    write_run_page(tmp_path)
    assert pages == [] and capsys.readouterr().out == ""


def test_libraries_that_are_missing(pages, tmp_path, monkeypatch, capsys):
    (tmp_path / "metrics.json").touch()
    monkeypatch.setattr(page, "can_write_page", lambda: False)
    write_run_page(tmp_path)
    assert pages == [] and capsys.readouterr().out == ""


def test_page_that_cannot_be_made_is_a_warning(tmp_path, monkeypatch, capsys):
    (tmp_path / "metrics.json").touch()

    def fail(*_):
        raise InputError("metrics.json lacks 'part'")

    monkeypatch.setattr(page, "write_page", fail)
    write_run_page(tmp_path)
    assert capsys.readouterr().err == (
        f"mtc: warning: {tmp_path / 'report.html'}: not written: metrics.json "
        "lacks 'part'\n"
    )
