import csv
import shutil
import sys

import pytest
from lab_captures import LAB_CAPTURES
from lab_captures import lab_capture
from scapy.layers.inet import IP
from scapy.layers.inet import UDP
from scapy.layers.inet import fragment
from scapy.layers.inet6 import ICMPv6EchoRequest
from scapy.layers.inet6 import ICMPv6ND_NS
from scapy.layers.inet6 import IPv6
from scapy.layers.inet6 import IPv6ExtHdrFragment
from scapy.layers.inet6 import fragment6
from scapy.layers.l2 import Ether
from scapy.utils import wrpcap

from lab import check
from lab.scenarios import SCENARIOS
from lab.tunnels import TUNNELS

requires_tshark = pytest.mark.skipif(
    not shutil.which("tshark"), reason="tshark is not installed"
)


def test_in_a_tunnel_only_the_tunnel_is_expected():
    for tunnel in TUNNELS:
        session = {"scenario": "sftp", "tunnel": tunnel.name}
        assert check.expected_protocols(session) == (tunnel.protocol,)


def test_nothing_is_to_go_past_a_tunnel():
    session = {"scenario": "sftp", "tunnel": "openconnect"}
    [strange] = check.strange_protocols({**session, "tunnel_port": "993"})
    assert "not (tcp.port == 993 or udp.port == 993 or" in strange
    # Sets of earlier versions have no such column.
    [strange] = check.strange_protocols(session)
    assert "not (tcp.port == 443 or udp.port == 443 or" in strange
    assert check.strange_protocols({**session, "tunnel": ""}) == ()


_ENDS = {"src": "2001:db8::1", "dst": "2001:db8::2"}
_LONG = UDP(sport=40_000, dport=51820) / bytes(2000)
_PAST = UDP(sport=40_000, dport=53) / bytes(2000)


@pytest.mark.slow
@requires_tshark
@pytest.mark.parametrize(
    ("packets", "is_strange"),
    [
        ([IPv6(**_ENDS) / UDP(dport=51820)], False),
        ([IPv6(**_ENDS) / UDP(dport=53)], True),
        ([IPv6(**_ENDS) / ICMPv6ND_NS(tgt="2001:db8::2")], False),
        ([IPv6(**_ENDS) / ICMPv6EchoRequest()], True),
        (fragment6(IPv6(**_ENDS) / IPv6ExtHdrFragment() / _LONG, 1280), False),
        (fragment6(IPv6(**_ENDS) / IPv6ExtHdrFragment() / _PAST, 1280), True),
        (fragment(IP() / _LONG, 1280), False),
        # The last was lost.
        (fragment(IP() / _LONG, 1280)[:1], False),
        (fragment(IP() / _PAST, 1280), True),
    ],
)
def test_what_goes_past_a_tunnel(tmp_path, packets, is_strange):
    session = {"scenario": "sftp", "tunnel": "wireguard"}
    path = tmp_path / "session.pcap"
    wrpcap(str(path), [Ether() / packet for packet in packets])
    [strange] = check.strange_protocols(session)
    assert check.matches(path, strange) == is_strange


def test_port_of_the_tunnel_is_decoded_as_its_protocol():
    session = {"scenario": "sftp", "tunnel": "openconnect", "port": "22"}
    assert check.decoded_as({**session, "tunnel_port": "993"}) == [
        "tcp.port==993,tls",
        "udp.port==993,dtls",
    ]


def test_outside_every_scenario_expects_something():
    for scenario in SCENARIOS:
        session = {"scenario": scenario.name, "tunnel": ""}
        expected = check.expected_protocols(session)
        assert expected and not any("{" in one for one in expected)


def test_port_of_the_session_is_decoded_as_its_protocol():
    session = {"scenario": "mumble", "tunnel": "", "port": "443"}
    assert check.expected_protocols(session) == ("tls and tcp.port == 443",)
    assert check.decoded_as(session) == ["tcp.port==443,tls"]
    # Sets of earlier versions have no such column.
    assert check.decoded_as({"scenario": "sip", "tunnel": ""}) == [
        "tcp.port==5060,sip",
        "udp.port==5060,sip",
    ]


def test_of_two_at_once_both_are_expected():
    session = {
        **{"scenario": "irc_beside_sftp", "tunnel": "", "port": "443"},
        **{"beside": "sftp", "beside_port": "2022"},
    }
    assert check.expected_protocols(session) == (
        'tls.handshake.extensions_server_name == "irc.lab.test"',
        "ssh",
    )
    assert check.decoded_as(session) == [
        "tcp.port==443,tls",
        "tcp.port==2022,ssh",
    ]


@requires_tshark
def test_set_as_expected(tmp_path, monkeypatch, capsys):
    _copy_set(tmp_path, sftp_1="sftp_1", vpn_wireguard_sftp_3="sftp_1")
    monkeypatch.setattr(sys, "argv", ["check", str(tmp_path)])
    assert check.main() == 1
    out = capsys.readouterr().out
    assert "vpn_wireguard_sftp_3: no packet matches wg" in out
    past = "(ip or ipv6) and not (udp.port == 11390 or"
    assert f"vpn_wireguard_sftp_3: a packet matches {past}" in out
    assert "2 captures, 1 of them not as expected" in out


def test_folder_without_a_set(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["check", str(tmp_path)])
    assert check.main() == 1
    assert "sessions.csv" in capsys.readouterr().err


def test_wrong_usage(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["check"])
    assert check.main() == 2
    assert "python -m lab.check DIR" in capsys.readouterr().err


def _copy_set(folder, **captures):
    """Writes sessions with given captures; keys are the sessions."""
    with (LAB_CAPTURES / "sessions.csv").open(newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["capture"] in captures]
    for name, original in captures.items():
        shutil.copy(lab_capture(original), folder / f"{name}.pcap.gz")
    with (folder / "sessions.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
