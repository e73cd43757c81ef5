"""What `mtc classify` prints, for tests."""

import json
import re

import pytest

_RATE = re.compile(
    r"^mtc: [\d,]+ packets in [\d.]+ s, [\d,]+ packets/s(; [\d,]+ flows)?\n",
    re.MULTILINE,
)


def assert_same_answers(received, expected):
    """Compares rows of `--format=jsonl`, as text: what two models answer."""
    for line, other in zip(
        received.splitlines(), expected.splitlines(), strict=True
    ):
        assert json.loads(line) == pytest.approx(json.loads(other), abs=2e-4)


def without_rate(errors):
    """Takes out of standard error the line that tells the rate."""
    return _RATE.sub("", errors)
