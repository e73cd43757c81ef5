import copy
import dataclasses
import io
import json
import signal
import sys
import threading
import types

import pytest

from lab import session
from lab.errors import LabError
from lab.plans import make_plans


@pytest.fixture
def ignored_interrupt():
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, handler)


def test_programs_of_a_lab_in_the_background_can_be_interrupted(
    ignored_interrupt, tmp_path, monkeypatch
):
    handlers = []

    def play(plan):
        handlers.append(signal.getsignal(signal.SIGINT))
        (tmp_path / "wire.pcap").write_bytes(plan.name.encode())
        return tmp_path / "wire.pcap"

    plan = dataclasses.asdict(make_plans(["sftp"], 1, 0)[0])
    monkeypatch.setattr(session, "play", play)
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(plan)))
    monkeypatch.setattr(sys, "argv", ["lab.session", tmp_path / "sftp_1.pcap"])
    assert session.main() == 0
    assert (tmp_path / "sftp_1.pcap").read_bytes() == b"sftp_1"
    assert handlers == [signal.default_int_handler]


@pytest.fixture
def pair():
    """Two sessions that are played at once, without hosts."""
    first = object.__new__(session.Session)
    first._is_beside, first._meeting = True, threading.Barrier(2)
    return first, copy.copy(first)


def _play_both(monkeypatch, pair, *plays):
    """Plays two scenarios, each a function of a session."""
    scenarios = {
        name: types.SimpleNamespace(play=play)
        for name, play in zip("ab", plays, strict=True)
    }
    monkeypatch.setattr(session, "find_scenario", scenarios.get)
    plans = [types.SimpleNamespace(scenario=name) for name in "ab"]
    session._play_both(*zip(plans, pair, strict=True))


def test_two_at_once_begin_and_end_together(monkeypatch, pair):
    done = []

    def play(one):
        done.append("prepared")
        with one.capture():
            done.append("at work")
        done.append("checked")

    _play_both(monkeypatch, pair, play, play)
    assert done == ["prepared"] * 2 + ["at work"] * 2 + ["checked"] * 2


def test_what_fails_of_two_at_once_is_told(monkeypatch, pair):
    def fail(one):
        raise LabError("no route")

    def wait(one):
        with one.capture():
            raise AssertionError("the other never came")

    with pytest.raises(LabError, match="no route"):
        _play_both(monkeypatch, pair, wait, fail)
