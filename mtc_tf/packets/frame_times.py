"""Times of frames, as exact as floats and microseconds can hold them."""

import contextlib

import numpy as np

# Ticks a second of most captures.
MICROSECONDS = 1_000_000
NANOSECONDS = 1_000_000_000
# All integers up to here are floats, too.
_MAX_EXACT = 2**53
_MAX_INT64 = 2**63 - 1
# The end of the year 9999: damaged captures name later times.
_LAST_MICROSECOND = 253_402_300_799_000_000


def frame_times(ticks, resolutions):
    """Turns ticks of any clocks into times, each rounded once.

    Choice: halves of microseconds are rounded up.

    Args:
        ticks: list of int, since 1970.
        resolutions: list of int. The ticks a second of each.

    Returns:
        tuple of a float64 array, seconds since 1970, and an int64 array, the
        microseconds.
    """
    if resolutions and resolutions.count(resolutions[0]) == len(resolutions):
        with contextlib.suppress(OverflowError):
            return clock_times(np.array(ticks, np.int64), resolutions[0])
    return _one_by_one(ticks, resolutions)


def clock_times(ticks, resolution):
    """Turns ticks of one clock into times, as `frame_times` does.

    Args:
        ticks: int64 array.
        resolution: int. The ticks a second.

    Returns:
        as of `frame_times`.
    """
    if resolution == MICROSECONDS and (np.abs(ticks) < _MAX_EXACT).all():
        # Floats are divided as exactly as integers.
        return ticks / MICROSECONDS, ticks
    if resolution == NANOSECONDS and (ticks >= 0).all():
        return _of_nanoseconds(ticks)
    return _one_by_one(ticks.tolist(), [resolution] * len(ticks))


def within_calendar(microseconds):
    """Puts times that no calendar has at its nearest end.

    Args:
        microseconds: int64 array, since 1970.

    Returns:
        int64 array, from 1970 to the year 9999.
    """
    return np.clip(microseconds, 0, _LAST_MICROSECOND)


def _of_nanoseconds(ticks):
    """As `clock_times`, of ticks that floats cannot hold."""
    whole, rest = np.divmod(ticks, NANOSECONDS)
    fraction = rest / NANOSECONDS
    seconds = whole + fraction
    # `fraction` is off by 2**-54 at most, which changes the rounding of the sum
    # only where that was nearly a tie; there integers are divided.
    error = np.abs(fraction - (seconds - whole))
    spacing = np.spacing(np.nextafter(seconds, 0))
    for row in np.flatnonzero(error + 2.0**-53 >= spacing / 2).tolist():
        seconds[row] = int(ticks[row]) / NANOSECONDS
    microseconds, rest = np.divmod(ticks, NANOSECONDS // MICROSECONDS)
    return seconds, microseconds + (rest >= 500)


def _one_by_one(ticks, resolutions):
    """As `frame_times`, in integers of any size."""
    pairs = list(zip(ticks, resolutions, strict=True))
    seconds = [tick / resolution for tick, resolution in pairs]
    microseconds = [
        (tick * MICROSECONDS + resolution // 2) // resolution
        for tick, resolution in pairs
    ]
    # Damaged times lie beyond every calendar, and beyond 64 bits.
    microseconds = [
        min(max(number, -_MAX_INT64), _MAX_INT64) for number in microseconds
    ]
    return np.array(seconds), np.array(microseconds, np.int64)
