import pytest

from mtc_tf.inference.remote import patience
from mtc_tf.inference.remote.remote_error import RemoteError

BUSY = RemoteError("busy", "busy", may_pass=True)
WRONG = RemoteError("wrong", "wrong")


class _Clock:
    """Time that passes while one sleeps."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = _Clock()
    monkeypatch.setattr(patience, "time", clock)
    return clock


def _server(*answers):
    """A question that is answered, or not, as the test says."""
    left = list(answers)

    def question(seconds):
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return question


def test_server_that_has_never_answered_is_asked_once(clock):
    with pytest.raises(RemoteError, match="busy"):
        patience.Patience().ask(_server(BUSY, 1))
    assert clock.now == 0


def test_server_that_has_answered_is_asked_again(clock):
    asked = patience.Patience()
    assert asked.ask(_server(1)) == 1
    assert asked.ask(_server(BUSY, BUSY, BUSY, 2)) == 2
    # Pauses of 0.1, 0.2 and 0.4 seconds, each halved at most.
    assert 0.35 <= clock.now <= 0.7


def test_what_will_not_pass_is_not_asked_again(clock):
    asked = patience.Patience()
    asked.ask(_server(1))
    with pytest.raises(RemoteError, match="wrong"):
        asked.ask(_server(WRONG, 2))
    assert clock.now == 0


def test_deadline(clock):
    asked = patience.Patience()
    asked.ask(_server(1))
    with pytest.raises(RemoteError, match="busy"):
        asked.ask(_server(BUSY))
    assert 55 < clock.now <= 60


def test_question_is_told_what_time_is_left(clock):
    asked = patience.Patience()
    asked.ask(_server(1))
    told = []

    def question(seconds):
        told.append(seconds)
        if len(told) == 1:
            clock.now += 20
            raise BUSY
        return 2

    assert asked.ask(question) == 2
    assert told[0] == 60
    assert 39 < told[1] < 40
