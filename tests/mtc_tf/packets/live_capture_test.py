"""Frames of the loopback interface, as root."""

import contextlib
import errno
import mmap
import os
import socket
from unittest import mock

import pytest

from mtc_tf.errors import InputError
from mtc_tf.packets import live_capture
from mtc_tf.packets.live_capture import LiveCapture
from mtc_tf.packets.preprocessing import preprocess

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def _payloads(count):
    """What is received of some packets of our own on loopback, with counts."""
    turns = iter(range(10))
    with (
        contextlib.closing(LiveCapture("lo")) as live,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own,
    ):
        own.bind(("127.0.0.1", 0))
        for number in range(count):
            own.sendto(b"%9d" % number, own.getsockname())
        payloads = []
        for batch in live.batches(lambda: next(turns) > 2):
            done = preprocess(batch, "strict", ())
            is_own = done.transport.source_ports == own.getsockname()[1]
            rows = done.packets[is_own]
            payloads += [int(bytes(row[40:49])) for row in rows]
        return payloads, live.dropped


@pytest.mark.live
@needs_root
@pytest.mark.parametrize("kind", [{}, live_capture._LINK_TYPES])
def test_frames_of_an_interface_in_their_order(kind, monkeypatch):
    # As if the interface had headers that are not read.
    monkeypatch.setattr(live_capture, "_LINK_TYPES", kind)
    payloads, dropped = _payloads(5000)
    assert payloads == list(range(5000))
    assert dropped == 0


def test_system_without_such_sockets(monkeypatch):
    monkeypatch.delattr(socket, "AF_PACKET")
    with pytest.raises(InputError, match="eth0: interfaces are read on Linux"):
        LiveCapture("eth0")


@pytest.fixture
def sockets(monkeypatch):
    """Sockets that were opened, by no right at all; all work."""
    opened = []

    def opened_socket(*_):
        opened.append(mock.MagicMock())
        opened[-1].getsockname.return_value = ("eth0", 0, 0, 1)
        return opened[-1]

    monkeypatch.setattr(socket, "socket", opened_socket)
    return opened


def test_socket_is_closed_where_no_ring_can_be_had(sockets, monkeypatch):
    error = OSError(errno.ENOMEM, "Cannot allocate memory")
    monkeypatch.setattr(mmap, "mmap", mock.Mock(side_effect=error))
    with pytest.raises(InputError, match="^eth0: Cannot allocate memory"):
        LiveCapture("eth0")
    sockets[-1].close.assert_called_once_with()


@needs_root
@pytest.mark.parametrize("name", ["\udcff", "a\0b"])
def test_name_of_no_interface(name):
    with pytest.raises(InputError, match="'.*': expected the name of an int"):
        LiveCapture(name)
