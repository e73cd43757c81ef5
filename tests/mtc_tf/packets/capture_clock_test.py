import time

import pytest

from mtc_tf.packets.capture_clock import CaptureClock
from mtc_tf.packets.frame_batch import FrameBatch

_INTERFACE = (1, 1)


def _frames(*seconds):
    return FrameBatch.from_list(
        [(b"frame", second, 5, _INTERFACE) for second in seconds]
    )


def test_clock_goes_by_frames_and_between_them_by_the_time_that_passes(
    monkeypatch,
):
    passed = iter([0.0, 1.0, 1.5, 4.0, 9.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(passed))
    clock = CaptureClock()
    batches = [_frames(70, 100), _frames(), _frames(), _frames(90)]
    times = []
    for batch, expected in zip(clock.watch(batches), batches, strict=True):
        assert batch is expected
        times.append(clock.now)
    assert times == [100, 100.5, 103, 90]


def test_nothing_has_passed_before_the_first_frame():
    clock = CaptureClock()
    list(clock.watch([_frames()]))
    assert clock.now == pytest.approx(float("-inf"))
