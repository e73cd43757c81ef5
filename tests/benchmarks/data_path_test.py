import sys

import pytest

from benchmarks import data_path


def _measured(count, seconds, of="packets"):
    return {"count": count, "seconds": seconds, "of": of, "memory_mb": 50}


def test_rates_stand_beside_scapy_s_and_the_goals():
    found = {
        "scapy": _measured(20, 2),
        "preprocess": _measured(5000, 2),
        "build": _measured(3000, 1, "rows, written"),
    }
    scapy, preprocess, build = data_path.table_rows(found)
    assert (scapy["times scapy"], scapy["goal"]) == ("1", None)
    assert preprocess["times scapy"] == "250"
    assert (preprocess["goal"], preprocess["met"]) == ("230 times scapy", True)
    assert build["times scapy"] is None
    assert (build["goal"], build["met"]) == ("100,000 rows/s", False)


@pytest.mark.parametrize(("last", "expected"), [(120, True), (140, False)])
def test_memory_that_grows(last, expected):
    memory = [50, 70, 100, 110, last]
    points = [{"memory, MB": x} for x in memory]
    assert data_path.is_flat(points) == expected


@pytest.mark.slow
def test_every_way_is_gone(capsys, monkeypatch, tmp_path):
    arguments = ["--packets=20000", f"--folder={tmp_path}"]
    arguments.append(f"--output={tmp_path / 'data_path.svg'}")
    monkeypatch.setattr(sys, "argv", ["data_path", *arguments])
    data_path.main()
    table, points = capsys.readouterr().out.split("\n\n")
    header, _, *lines = table.splitlines()
    assert header.split()[:2] == ["way", "a"]
    assert len(lines) >= 9
    assert len(points.splitlines()) == 2 + 5
    assert (tmp_path / "data_path.svg").read_text().startswith("<?xml")
    # Nothing but the picture is left.
    assert [path.name for path in tmp_path.iterdir()] == ["data_path.svg"]
