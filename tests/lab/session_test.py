import dataclasses
import io
import json
import signal
import sys

import pytest

from lab import session
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
