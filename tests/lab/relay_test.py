import dataclasses
import os
import random

import pytest

from lab.conditions import draw_conditions
from lab.relay import Direction


@pytest.fixture
def pipe():
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def _direction(target, *, source=None, seed=0, **conditions):
    ideal = dataclasses.replace(
        draw_conditions(random.Random(0)),
        **{"rate": 8.0, "delay": 0.0, "jitter": 0.0, "loss": 0.0},
        reordering=0.0,
        routers=1,
    )
    conditions = dataclasses.replace(ideal, **conditions)
    return Direction(source, target, conditions, random.Random(seed))


def test_frame_arrives_after_its_length_at_the_rate_and_the_delay(pipe):
    source, target = pipe
    direction = _direction(target, rate=8.0, delay=20.0)
    direction.send(bytes(1000), 5.0)  # 1 ms at 8 Mbit/s
    assert direction.next_arrival == pytest.approx(5.021)
    direction.deliver(5.020)
    assert direction.next_arrival < float("inf")
    direction.deliver(5.022)
    assert os.read(source, 2000) == bytes(1000)
    assert direction.next_arrival == float("inf")


def test_frames_queue_behind_each_other(pipe):
    direction = _direction(pipe[1], rate=8.0)
    direction.send(bytes(1000), 5.0)
    direction.send(bytes(1000), 5.0)
    direction.deliver(5.0015)
    assert direction.next_arrival == pytest.approx(5.002)


def test_full_queue_drops(pipe):
    source, target = pipe
    direction = _direction(target, rate=0.08)
    for _ in range(400):  # 400 ms at 80 kbit/s, of which 250 ms may wait
        direction.send(b"x" * 10, 5.0)
    direction.deliver(6.0)
    assert 250 <= len(os.read(source, 10_000)) / 10 <= 252


def test_jitter_keeps_the_order(pipe):
    source, target = pipe
    direction = _direction(target, rate=1000.0, delay=5.0, jitter=50.0)
    frames = [bytes([number]) for number in range(100)]
    arrivals = []
    for number, frame in enumerate(frames):
        direction.send(frame, number / 1e3)
    while direction.next_arrival < float("inf"):
        arrivals.append(direction.next_arrival)
        direction.deliver(direction.next_arrival)
    assert os.read(source, 200) == b"".join(frames)
    assert arrivals == sorted(arrivals)
    assert max(arrivals) - min(arrivals) > 0.02


def test_loss_is_the_part_that_is_lost(pipe):
    source, target = pipe
    direction = _direction(target, rate=1e6, loss=0.2)
    for number in range(5000):
        direction.send(b"x", float(number))
        direction.deliver(number + 0.5)
    assert 0.77 < len(os.read(source, 10_000)) / 5000 < 0.83


def test_reordering_is_the_part_that_others_overtake(pipe):
    source, target = pipe
    direction = _direction(target, rate=1e6, reordering=0.1)
    for number in range(250):
        # One every second millisecond; a detour takes 2 to 20 of them.
        direction.send(bytes([number]), number * 0.002)
    direction.deliver(1.0)
    arrived = os.read(source, 1000)
    assert sorted(arrived) == list(range(250))
    pairs = zip(arrived, arrived[1:], strict=False)
    overtaken = sum(first > second for first, second in pairs)
    assert 12 < overtaken < 38
    places = [arrived.index(number) - number for number in range(250)]
    assert max(places) <= 10


def test_frame_passes_the_routers_or_is_given_up(pipe):
    source, target = pipe
    direction = _direction(target, routers=5)
    macs = bytes(12)
    for hops in (5, 64):
        packet = bytes([0x60, *5 * [0], 17, hops, *33 * [0]])
        direction.send(macs + b"\x86\xdd" + packet, 1.0)
    direction.deliver(2.0)
    [frame] = [os.read(source, 1000)]
    assert (len(frame), frame[21]) == (55, 59)


def test_frames_are_read_from_the_device(pipe):
    source, target = pipe
    direction = _direction(target, source=source)
    os.write(target, b"frame")
    direction.take(1.0)
    assert direction.next_arrival > 1.0
