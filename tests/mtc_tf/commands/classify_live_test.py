"""`mtc classify --interface` between two network namespaces, as root."""

import contextlib
import csv
import datetime
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest
from capture_bytes import ethernet
from capture_bytes import ipv4
from capture_bytes import pcap
from capture_bytes import tcp
from capture_bytes import udp

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    *(
        pytest.mark.skipif(not shutil.which(name), reason=f"needs {name}")
        for name in ("ip", "setpriv", "tcpreplay")
    ),
]
HERE, THERE = (f"mtc-test-{os.getpid()}-{end}" for end in ("a", "b"))
# A test run in the background hands an ignored SIGINT down.
_MTC = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from mtc_tf.cli import main
sys.exit(main(sys.argv[1:]))
"""


def _ip(*words):
    subprocess.run(["ip", *words], check=True)


def _inside(namespace, *words, **arguments):
    return subprocess.run(
        ["ip", "netns", "exec", namespace, *map(str, words)],
        check=True,
        **arguments,
    )


@pytest.fixture
def network():
    """Two namespaces; what is sent on `one` in the first comes to `two`."""
    with contextlib.ExitStack() as stack:
        for namespace in (HERE, THERE):
            _ip("netns", "add", namespace)
            stack.callback(_ip, "netns", "del", namespace)
            for kind in ("all", "default"):
                # The system itself sends nothing then.
                setting = f"net.ipv6.conf.{kind}.disable_ipv6=1"
                _inside(namespace, "sysctl", "-q", "-w", setting)
            _ip("-n", namespace, "link", "set", "lo", "up")
        peer = ("peer", "name", "two", "netns", THERE)
        _ip("link", "add", "one", "netns", HERE, "type", "veth", *peer)
        _ip("-n", HERE, "link", "set", "one", "up", "arp", "off")
        _ip("-n", THERE, "link", "set", "two", "up", "arp", "off")
        yield


@contextlib.contextmanager
def _classifying(interface, *arguments, **environment):
    """`mtc classify` on an interface; gives the process when it reads."""
    command = [sys.executable, "-c", _MTC, "classify", *arguments]
    with subprocess.Popen(
        ["ip", "netns", "exec", THERE, *command] + [f"--interface={interface}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    ) as process:
        try:
            for line in process.stderr:
                if f"mtc: reading {interface} until Ctrl-C" in line:
                    break
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def _packets(flows, packets):
    """A capture: packets of flows with data, in turn, and others."""
    frames = []
    for number in range(packets):
        for port in range(flows):
            data = udp(b"%d" % number * 40, (1000 + port, 443))
            frames.append(ethernet(ipv4(data, protocol=17)))
        frames.append(ethernet(ipv4(tcp(b""))))
        frames.append(ethernet(bytes(28), ethertype=0x0806))
    return pcap(frames), len(frames)


def _replay(tmp_path, content, *speed):
    path = tmp_path / "sent.pcap"
    path.write_bytes(content)
    command = ["tcpreplay", "-q", "-i", "one", *(speed or ["--pps=2000"]), path]
    sent = _inside(HERE, *command, capture_output=True, text=True).stdout
    return int(re.search(r"Successful packets: +(\d+)", sent)[1])


def _counts(errors, interface="two"):
    """Packets received, dropped by the kernel, and labelled."""
    pattern = (
        rf"^mtc: {interface}: (\d+) packets received, (\d+) dropped by the "
        r"kernel, (\d+) labelled$"
    )
    [counts] = re.findall(pattern, errors, re.MULTILINE)
    return tuple(map(int, counts))


def _received(interface):
    """Packets that the kernel says have come to an interface."""
    shown = _inside(
        THERE,
        *("ip", "-j", "-s", "link", "show", interface),
        capture_output=True,
    ).stdout
    return json.loads(shown)[0]["stats64"]["rx"]["packets"]


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_packets_sent_received_and_labelled_add_up(
    number, code, network, tmp_path
):
    content, count = _packets(flows=20, packets=30)
    with _classifying("two", "--format=csv") as process:
        assert _replay(tmp_path, content) == count
        process.send_signal(number)
        out, errors = process.communicate(timeout=60)
    rows = list(csv.DictReader(out.splitlines()))
    assert process.returncode == code
    assert errors.splitlines()[-1] == "mtc: interrupted"
    assert _counts(errors) == (count, 0, 600)
    assert f"{count} read, 600 kept; dropped: arp 30, empty_tcp 30" in errors
    assert [row["packets"] for row in rows] == ["30"] * 20
    assert {row["capture"] for row in rows} == {"two"}
    began = datetime.datetime.fromisoformat(rows[0]["time"])
    assert abs(time.time() - began.timestamp()) < 60


def test_packets_that_find_no_room_are_counted(network, tmp_path):
    content, count = _packets(flows=2, packets=500)
    with _classifying("two", "--packets_per_flow=5") as process:
        # A process that stands still reads nothing.
        process.send_signal(signal.SIGSTOP)
        sent = _replay(tmp_path, content, "--topspeed", "--loop=400")
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
    received, dropped, labelled = _counts(errors)
    assert sent == 400 * count == _received("two")
    assert dropped > 0
    assert received + dropped == sent
    assert labelled == 10


def test_answers_come_while_the_interface_is_read(network, tmp_path):
    content, _ = _packets(flows=3, packets=2)
    arguments = ["--packets_per_flow=2", "--format=eve"]
    with _classifying("two", *arguments) as process:
        _replay(tmp_path, content)
        events = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == ""
    assert [event["src_port"] for event in events] == [1000, 1001, 1002]
    assert {event["in_iface"] for event in events} == {"two"}


def test_flow_ends_while_no_packet_comes(network, tmp_path):
    content, _ = _packets(flows=1, packets=1)
    arguments = ["--flow_timeout=0.5", "--format=jsonl"]
    with _classifying("two", *arguments) as process:
        _replay(tmp_path, content)
        assert json.loads(process.stdout.readline())["packets"] == 1
        process.send_signal(signal.SIGINT)


def test_interface_that_goes_down(network, tmp_path):
    content, count = _packets(flows=4, packets=5)
    with _classifying("two", "--format=csv") as process:
        _replay(tmp_path, content)
        _ip("-n", THERE, "link", "set", "two", "down")
        out, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.splitlines()[-1] == "mtc: error: two: the interface is down"
    assert _counts(errors) == (count, 0, 20)
    assert [row["packets"] for row in csv.DictReader(out.splitlines())] == [
        "5"
    ] * 4


def test_interface_that_goes_away(network, tmp_path):
    with _classifying("two") as process:
        _ip("-n", THERE, "link", "del", "two")
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.splitlines()[-1] == "mtc: error: two: the interface is down"


_SEND = """
import socket
near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
near.bind(("127.0.0.1", 5000))
far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
far.bind(("127.0.0.1", 6000))
for turn in range(7):
    near.sendto(b"there", ("127.0.0.1", 6000))
    far.sendto(b"back", ("127.0.0.1", 5000))
"""


def test_packet_on_loopback_is_seen_once(network):
    with _classifying("lo", "--format=csv") as process:
        _inside(THERE, sys.executable, "-c", _SEND)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=60)
    [row] = csv.DictReader(out.splitlines())
    assert (row["packets"], row["source_port"]) == ("14", "5000")
    assert _counts(errors, "lo") == (14, 0, 14)


def test_without_the_right_to_read_it(network):
    command = [sys.executable, "-c", _MTC, "classify", "--interface=two"]
    process = subprocess.run(
        ["ip", "netns", "exec", THERE, "setpriv", "--bounding-set=-net_raw"]
        + command,
        capture_output=True,
        text=True,
    )
    assert (process.returncode, process.stdout) == (1, "")
    assert process.stderr.splitlines()[-1] == (
        "mtc: error: two: to read an interface takes root, or the capability "
        "CAP_NET_RAW"
    )


def test_root_of_sudo_is_dropped(network):
    with _classifying("two", SUDO_UID="65534") as process:
        with open(f"/proc/{process.pid}/status") as status:
            [users] = re.findall(r"^Uid:\s+(.*)$", status.read(), re.M)
        process.send_signal(signal.SIGINT)
    assert users.split() == ["65534"] * 4
