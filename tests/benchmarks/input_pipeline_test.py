import sys

import pytest

from benchmarks import input_pipeline as benchmark


@pytest.mark.slow
def test_every_way_is_measured_and_told(prepared_data_dir, capsys, monkeypatch):
    # The dummy data hold fewer rows than a batch of training.
    monkeypatch.setattr(benchmark, "BATCH_SIZE", 8)
    monkeypatch.setattr(benchmark, "GOAL", 1e-9)
    arguments = [f"--data_dir={prepared_data_dir}", "--rows=64"]
    monkeypatch.setattr(sys, "argv", ["benchmark", *arguments])
    assert benchmark.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:24].rstrip() for line in lines] == [
        "as the paper",
        "drawn",
        "fields changed",
        "drawn, fields changed",
    ]
    monkeypatch.setattr(benchmark, "GOAL", 1e12)
    assert benchmark.main() == 1
