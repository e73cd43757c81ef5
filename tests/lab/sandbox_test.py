"""The lab itself; run by `make test-lab`, as root."""

import dataclasses
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import pytest

from lab.plans import make_plans
from lab.sandbox import start_session

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0, reason="the lab needs root"),
    pytest.mark.skipif(
        not shutil.which("tcpdump"), reason="the lab's packages are missing"
    ),
]

ROOT = pathlib.Path(__file__).parents[2]


def _traces():
    """What sessions could leave behind, from processes to shared memory."""
    processes = set()
    for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            if b"HOME=/run/session" in path.read_bytes():
                processes.add(path.parent.name)
        except OSError:
            continue  # it has ended
    mounts = pathlib.Path("/proc/self/mountinfo").read_text()
    devices = sorted(os.listdir("/sys/class/net"))
    names = pathlib.Path("/run/netns")
    namespaces = sorted(os.listdir(names)) if names.is_dir() else []
    shared = sorted(os.listdir("/dev/shm"))
    return processes, mounts, devices, namespaces, shared


def _start(output, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "lab", f"--output={output}", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Where this runs in the background, Ctrl-C may be ignored.
        preexec_fn=_listen_to_interrupts,
    )


def _listen_to_interrupts():
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _wait_for_traces(present):
    deadline = time.monotonic() + 30
    while bool(_traces()[0]) != present:
        assert time.monotonic() < deadline, _traces()[0]
        time.sleep(0.1)


def test_sessions_leave_captures_and_nothing_else(tmp_path):
    before = _traces()
    process = _start(tmp_path / "lab", "--scenario=sftp", "--sessions=3")
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert _traces() == before
    names = sorted(path.name for path in (tmp_path / "lab").iterdir())
    assert names == [
        ".played.jsonl",
        "labels.csv",
        "report.md",
        "sessions.csv",
        "sftp_1.pcap",
        "sftp_2.pcap",
        "sftp_3.pcap",
        "vpn_openvpn_tcp_sftp_2.pcap",
        "vpn_openvpn_udp_sftp_1.pcap",
        "vpn_wireguard_sftp_3.pcap",
    ]
    check = [sys.executable, "-m", "lab.check", tmp_path / "lab"]
    done = subprocess.run(check, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("ipv6", [False, True])
@pytest.mark.parametrize(
    "name",
    ["web_4", "vpn_openvpn_udp_mumble_1"],  # lighttpd, Murmur
)
def test_services_are_reached_by_both_versions_of_ip(name, ipv6, tmp_path):
    plans = make_plans(["web", "mumble"], 4, 1)
    [plan] = [plan for plan in plans if plan.name == name]
    conditions = dataclasses.replace(plan.conditions, ipv6=ipv6)
    plan = dataclasses.replace(plan, conditions=conditions)
    with (tmp_path / "log").open("w") as log:
        session = start_session(plan, tmp_path / "session.pcap", log)
        assert session.wait(timeout=240) == 0, (tmp_path / "log").read_text()
    assert (tmp_path / "session.pcap").stat().st_size


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGINT, 130),
        (signal.SIGTERM, 130),
        # Then only the kernel can clean up.
        (signal.SIGKILL, -9),
    ],
)
def test_ended_lab_leaves_nothing_running(tmp_path, number, code):
    before = _traces()
    scenarios = "--scenario=hls", "--scenario=postgres"
    process = _start(tmp_path / "lab", *scenarios)
    _wait_for_traces(True)
    time.sleep(5)  # in the middle of sessions
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == code
    _wait_for_traces(False)
    assert _traces() == before
    assert [path.name for path in tmp_path.iterdir()] == ["lab.unfinished"]


def test_killed_lab_goes_on(tmp_path):
    arguments = "--scenario=sftp", "--sessions=3", "--jobs=2"
    process = _start(tmp_path / "lab", *arguments)
    unfinished = tmp_path / "lab.unfinished"
    deadline = time.monotonic() + 60
    while not (played := list(unfinished.glob("*.pcap"))):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.kill()
    process.communicate(timeout=60)
    _wait_for_traces(False)
    before = {path.name: path.stat().st_mtime_ns for path in played}
    process = _start(tmp_path / "lab", *arguments)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    captures = list((tmp_path / "lab").glob("*.pcap"))
    assert len(captures) == 6
    after = {path.name: path.stat().st_mtime_ns for path in captures}
    # All but the last, whose line in the journal may not have been written.
    kept = {name for name in before if after[name] == before[name]}
    assert len(kept) >= len(before) - 1
