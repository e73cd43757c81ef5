"""What `mtc classify` tells on standard error, for tests."""

import re

_RATE = re.compile(
    r"^mtc: [\d,]+ packets in [\d.]+ s, [\d,]+ packets/s(; [\d,]+ flows)?\n",
    re.MULTILINE,
)


def without_rate(errors):
    """Takes out the line that tells the rate."""
    return _RATE.sub("", errors)
