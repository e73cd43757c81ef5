"""The path between the two hosts, as a program between two TAP devices.

`tc netem` does this in the kernel, but is not part of every kernel. TAP
devices also show frames as they would be on a wire: no segmentation or
checksum is left to hardware that does not exist.
"""

import heapq
import itertools
import json
import os
import random
import select
import sys
import time

from lab.conditions import read_conditions
from lab.routers import pass_routers

_MAX_FRAME = 65_535  # bytes
# Frames that would wait longer for the narrowest link are dropped.
_QUEUE_SECONDS = 0.25
# How long one is on a way of its own that those behind it may overtake.
_DETOUR_SECONDS = 0.002, 0.02


class Direction:
    """Frames on their way from one device to the other.

    Args:
        source: int. File descriptor of the device that frames come from.
        target: int. File descriptor of the device that they go to.
        conditions: `Conditions`.
        rng: `random.Random`.
    """

    def __init__(self, source, target, conditions, rng):
        self.source = source
        self._target = target
        self._conditions = conditions
        self._rng = rng
        self._frames = []  # a heap of (time of arrival, number, frame)
        self._numbers = itertools.count()
        self._last_arrival = 0.0  # of the frames that keep their order
        self._free_at = 0.0  # when the narrowest link has sent all it holds

    @property
    def next_arrival(self):
        """Seconds of the monotonic clock; infinite if no frame is underway."""
        return self._frames[0][0] if self._frames else float("inf")

    def take(self, now):
        """Reads a frame and sends it on its way, or loses it."""
        self.send(os.read(self.source, _MAX_FRAME), now)

    def send(self, frame, now):
        """Sends a frame on its way, or loses it."""
        path = self._conditions
        frame = pass_routers(frame, path.routers)
        if frame is None:
            return
        begin = max(now, self._free_at)
        if begin - now > _QUEUE_SECONDS or self._rng.random() < path.loss:
            return
        self._free_at = begin + len(frame) * 8 / (path.rate * 1e6)
        late = self._rng.uniform(0, path.jitter)
        arrival = self._free_at + (path.delay + late) / 1e3
        arrival = self._last_arrival = max(arrival, self._last_arrival)
        if self._rng.random() < path.reordering:
            arrival += self._rng.uniform(*_DETOUR_SECONDS)
        heapq.heappush(self._frames, (arrival, next(self._numbers), frame))

    def deliver(self, now):
        """Writes the frames that have arrived."""
        while self.next_arrival <= now:
            os.write(self._target, heapq.heappop(self._frames)[-1])


def main():
    """Relays between two devices until it is ended.

    Arguments: the file descriptors of the devices, a seed, and a JSON object
    of the fields of `Conditions`.
    """
    first, second, seed = map(int, sys.argv[1:4])
    rng = random.Random(seed)
    conditions = read_conditions(json.loads(sys.argv[4]))
    there = Direction(first, second, conditions, rng)
    back = Direction(second, first, conditions, rng)
    directions = {first: there, second: back}
    while True:
        now = time.monotonic()
        there.deliver(now)
        back.deliver(now)
        wait = min(there.next_arrival, back.next_arrival) - now
        timeout = None if wait == float("inf") else max(0.0, wait)
        for descriptor in select.select([first, second], [], [], timeout)[0]:
            directions[descriptor].take(time.monotonic())


if __name__ == "__main__":
    main()
