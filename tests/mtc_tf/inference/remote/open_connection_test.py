import contextlib
import socket
import threading
import time

import pytest

from mtc_tf.inference.remote.address import parse_address
from mtc_tf.inference.remote.open_connection import open_connection


@pytest.fixture
def listening():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def silent_port():
    """A port whose system neither accepts nor refuses, its queue being full."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(3):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        yield server.getsockname()[1]


def _open(scheme, port, seconds):
    address = parse_address(f"{scheme}://127.0.0.1:{port}/mtc")
    return open_connection(address, time.monotonic() + seconds)


def _found(monkeypatch, *ports):
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *_, **__: [
            (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))
            for port in ports
        ],
    )


def test_places_share_the_time(silent_port, monkeypatch):
    _found(monkeypatch, silent_port, silent_port)
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        _open("http", 1, seconds=0.2)
    assert 0.15 < time.monotonic() - start < 0.35


def test_place_behind_one_that_is_silent(silent_port, listening, monkeypatch):
    port = listening.getsockname()[1]
    _found(monkeypatch, silent_port, port)
    connection = _open("http", 1, seconds=0.2)
    assert connection.sock.getpeername()[1] == port
    connection.close()


def test_handshake_that_drips(listening):
    def drip():
        connected, _ = listening.accept()
        with connected, contextlib.suppress(OSError):
            connected.sendall(b"\x16\x03\x03\x40\x00")  # a long record
            for _ in range(40):
                time.sleep(0.02)
                connected.sendall(b"\0")

    thread = threading.Thread(target=drip)
    thread.start()
    start = time.monotonic()
    with pytest.raises(TimeoutError, match="no whole answer in time"):
        _open("https", listening.getsockname()[1], seconds=0.2)
    assert time.monotonic() - start < 0.75
    thread.join()
