"""How sessions are tried, with commands in the place of sessions."""

import collections
import subprocess
import sys

import pytest

from lab import play
from lab.errors import LabError
from lab.plans import in_turns
from lab.plans import make_plans
from lab.unfinished import unfinished_set

PLANS = make_plans(["sftp", "imap"], 2, 0)
_WRITE = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text('packets')"
_FAIL = "import sys; print('its log', file=sys.stderr); sys.exit('no route')"


@pytest.fixture
def planted(monkeypatch):
    """Sessions that fail if the scenario is in the set that this gives."""
    failing = set()
    seeds = []

    def start_session(plan, capture, log):
        seeds.append(plan.seed)
        code = _FAIL if plan.scenario in failing else _WRITE
        return subprocess.Popen(
            [sys.executable, "-c", code, capture], stderr=log
        )

    monkeypatch.setattr(play, "start_session", start_session)
    return failing, seeds


def test_failing_scenario_does_not_end_the_others(planted, tmp_path, capfd):
    failing, seeds = planted
    failing.add("imap")
    with unfinished_set(tmp_path / "lab", PLANS) as unfinished:
        missing = play.play_all(PLANS, unfinished, 4)
        assert {plan.scenario for plan in unfinished.played.values()} == {
            "sftp"
        }
        assert len(unfinished.played) == 4
    assert {one.plan.scenario for one in missing} == {"imap"}
    assert [one.reason for one in missing] == ["no route"] * 4
    # Three seeds for each of them, and one for the others.
    tries = collections.Counter("imap" in seed for seed in set(seeds))
    assert tries == {True: 12, False: 4}
    assert missing[0].plan.seed.endswith("/again/again")
    log = tmp_path / "lab" / "failed" / "imap_1.log"
    assert log.read_text() == "its log\nno route\n"
    assert not list((tmp_path / "lab").rglob("sftp*.log"))
    err = capfd.readouterr().err
    assert err.count("is played again: no route") == 8
    assert err.count("is given up: no route") == 4


def test_only_what_lacks_is_played(planted, tmp_path):
    failing, seeds = planted
    for plans in (PLANS[:3], PLANS):
        with unfinished_set(tmp_path / "lab", PLANS) as unfinished:
            assert play.play_all(plans, unfinished, 2) == []
    assert sorted(seeds) == sorted(plan.seed for plan in PLANS)


def test_full_disk_ends_it(planted, tmp_path, monkeypatch):
    monkeypatch.setattr(
        play.shutil,
        "disk_usage",
        lambda path: collections.namedtuple("Usage", "free")(2**30 - 1),
    )
    with pytest.raises(LabError, match="less than 1 GiB is free on the disk"):
        with unfinished_set(tmp_path / "lab", PLANS) as unfinished:
            play.play_all(PLANS, unfinished, 2)
    assert planted[1] == []
    assert not (tmp_path / "lab").exists()


def test_scenarios_take_turns():
    names = [plan.name for plan in in_turns(PLANS)]
    assert names == [
        "sftp_1",
        "vpn_openvpn_udp_sftp_1",
        "imap_1",
        "vpn_openvpn_udp_imap_1",
        "sftp_2",
        "vpn_openvpn_tcp_sftp_2",
        "imap_2",
        "vpn_openvpn_tcp_imap_2",
    ]
    # By number, not by its digits.
    numbers = [one.name for one in in_turns(make_plans(["sftp"], 10, 0))]
    assert numbers[-2] == "sftp_10"
