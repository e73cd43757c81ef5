"""The fourth way of README.md to run a model: two commands, run as they are."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys

import doc_pages
import pytest
import served
from small_captures import DUMMY_DATA

pytestmark = pytest.mark.serving

# Where `make serve` listens.
PORTS = (8500, 8501)


def _commands():
    """Returns the two lines: of the server, and of its client."""
    texts = [x.text for x in doc_pages.commands(doc_pages.ROOT / "README.md")]
    at = texts.index("make serve")
    return texts[at : at + 2]


@pytest.fixture
def free_ports():
    for port in PORTS:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                pytest.skip(f"port {port}, which `make serve` wants, is taken")


@contextlib.contextmanager
def _running(command, log):
    with log.open("w") as file:
        process = subprocess.Popen(
            command,
            shell=True,
            cwd=doc_pages.ROOT,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        served.wait_until_ready(process, PORTS[1], log)
        yield
    finally:
        # To make and to the server, as Ctrl-C is.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def _rows(command, folder):
    scripts = pathlib.Path(sys.executable).parent
    process = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env={**os.environ, "PATH": f"{scripts}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_commands_of_the_readme(free_ports, exported_run, tmp_path):
    serve, classify = _commands()
    classify, _, last = classify.partition(" | ")
    assert last == "tail -1"
    address = f"grpc://127.0.0.1:{PORTS[0]}/mtc"
    local = classify.replace(address, f"{exported_run}/model.tflite")
    assert local != classify
    shutil.copy(DUMMY_DATA / "aimchat2.pcap", tmp_path / "my.pcap")
    expected = _rows(local, tmp_path)
    assert len(expected.splitlines()) > 4
    with _running(f"{serve} EXPORT={exported_run}", tmp_path / "server.log"):
        assert _rows(classify, tmp_path) == expected
