import numpy as np
import pytest
from small_models import linear_model

from benchmarks import serving
from benchmarks.engine import timed_rows
from benchmarks.mixed_capture import write_mixed_capture
from benchmarks.training import CLASSES


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("serving")
    model = linear_model(CLASSES, "packet", 1500)
    serving.write_artefacts(model, folder)
    write_mixed_capture(folder / "x.pcap", 300, "pcap")
    return folder


@pytest.mark.parametrize("file", serving.ARTEFACTS.values())
def test_artefacts_are_measured(folder, file):
    found = serving.measure(folder / file, folder / "x.pcap", seconds=0.01)
    assert 0 < found["outside"] < 1
    assert found["packets_per_second"] > 0
    # Packets without payload and those of services give none.
    assert 0 < found["flows_per_second"]
    assert found["p50_ms"] <= found["p90_ms"] <= found["p99_ms"]


def test_one_row_and_batches_are_timed():
    asked = []

    def predict(rows):
        asked.append(len(rows))

    found = timed_rows(predict, np.zeros((128, 2)), seconds=0.0)
    # Memory is taken first, then three calls are timed.
    assert asked == [1] * 4 + [128] * 4
    assert found["rows_per_second"] > 0


@pytest.mark.parametrize(
    ("rate", "outside", "met"),
    [(20_000, 0.09, True), (19_999, 0.09, False), (20_000, 0.1, False)],
)
def test_goals(rate, outside, met, capsys):
    rows = {
        (model, artefact, cores): {
            "packets_per_second": rate if artefact == "TFLite int8" else 1,
            "outside": outside if cores == 2 else 0.01,
        }
        for model in serving.CAPTURES
        for artefact in serving.ARTEFACTS
        for cores in (1, 2)
    }
    assert serving._meets_goals(rows) == met
    assert "(goal: 20,000)" in capsys.readouterr().out
