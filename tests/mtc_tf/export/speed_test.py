import numpy as np

from mtc_tf.export import speed
from mtc_tf.export.speed import measure_speed


def test_times_of_one_row_and_of_batches(monkeypatch):
    loaded, clock = [], [0.0]

    def load_function(model, source, threads):
        loaded.append((model, source, threads))

        def function(packets):
            # 2 ms a call and 1 ms a row.
            clock[0] += 0.002 + 0.001 * len(packets)
            assert packets.dtype == np.uint8

        return function

    monkeypatch.setattr(speed, "load_function", load_function)
    monkeypatch.setattr(speed.time, "perf_counter", lambda: clock[0])
    rows = np.zeros((3, 1500), np.uint8)
    figures = measure_speed(b"model", {"packets": rows}, "source")
    assert loaded == [(b"model", "source", 1), (b"model", "source", 2)]
    assert list(figures) == ["1", "2"]
    for found in figures.values():
        np.testing.assert_allclose(
            [found["median_ms"], found["p99_ms"]], [3, 3]
        )
        np.testing.assert_allclose(found["rows_per_second"], 16 / 0.018)
