import subprocess

import pytest

from lab import packages
from lab.errors import LabError
from lab.plans import make_plans
from lab.plans import plan_beside
from lab.scenarios import SCENARIOS
from lab.tunnels import TUNNELS


def test_packages_are_needed_by_what_there_is():
    names = {"lab.check", *(one.name for one in (*SCENARIOS, *TUNNELS))}
    for scenario in SCENARIOS:
        names.update(name for pair in scenario.programs for name in pair)
    needed = packages.needed_packages()
    assert set().union(*needed.values()) <= names
    assert needed["tcpdump"] == frozenset()
    assert needed["ffmpeg"] >= {"ffmpeg", "hls"}


def test_only_sessions_that_need_a_package_lack_it():
    plans = make_plans(["sftp"], 3, 0)
    installed = set(packages.needed_packages()) - {"lftp", "wireguard-go"}
    missing = packages.find_missing_packages(plans, installed)
    # The third session takes lftp, and the third tunnel is WireGuard.
    assert missing["sftp_3"] == ("lftp",)
    assert "wireguard-go" in missing["vpn_wireguard_sftp_3"]
    assert len(missing) == 2


def test_what_is_played_beside_needs_its_packages_too():
    plans = make_plans(["imap_beside_web"], 60, 0)
    for name, wants in (
        ("curl", {("imap", "curl"), ("web", "curl")}),
        ("dovecot-imapd", {("imap", "dovecot")}),
        ("wget", {("web", "wget")}),
    ):
        installed = set(packages.needed_packages()) - {name}
        expected = {
            plan.name
            for plan in plans
            for scenario, one in (("imap", plan), ("web", plan_beside(plan)))
            if wants & {(scenario, one.server), (scenario, one.client)}
        }
        missing = packages.find_missing_packages(plans, installed)
        assert expected and set(missing) == expected


def test_two_at_once_need_what_the_first_needs_alone():
    plans = make_plans(["irc_beside_sftp"], 1, 0)
    installed = set(packages.needed_packages()) - {"openssh-client"}
    assert packages.find_missing_packages(plans, installed) == {
        "irc_beside_sftp_1": ("openssh-client",)
    }


def test_without_what_all_need_nothing_is_played():
    installed = set(packages.needed_packages()) - {"tcpdump"}
    with pytest.raises(LabError, match="package tcpdump is not installed"):
        packages.find_missing_packages([], installed)


def test_what_was_removed_is_not_installed(monkeypatch):
    asked = []

    def run(command, **options):
        asked.extend(command)
        said = "tor config-files 0.4\nlftp installed 4.9\n"
        return subprocess.CompletedProcess(command, 1, stdout=said)

    monkeypatch.setattr(packages.subprocess, "run", run)
    assert packages.installed_packages() == {"lftp": "4.9"}
    assert "tcpdump" in asked
    assert "#" not in asked


def test_elsewhere_than_on_debian(monkeypatch):
    def run(command, **options):
        raise FileNotFoundError(2, "No such file", "dpkg-query")

    monkeypatch.setattr(packages.subprocess, "run", run)
    with pytest.raises(LabError, match="dpkg-query is missing"):
        packages.installed_packages()
