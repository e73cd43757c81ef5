"""A connection for HTTP that is there by a time, or not at all."""

import http.client
import socket
import ssl
import time

from mtc_tf.inference.remote.deadline import deadline


def open_connection(address, end):
    """Connects to a server, and agrees on TLS with it for https.

    Args:
        address: `mtc_tf.inference.remote.address.Address`.
        end: float, as of `time.monotonic`.

    Returns:
        `http.client.HTTPConnection`.

    Raises:
        OSError: if there is none by then, or its certificate is of no use.
    """
    connected = _connect(address.host, address.port, end)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if address.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(
            address.host, address.port, context=context
        )
        connected = _agree(connected, context, address.host, end)
    else:
        connection = http.client.HTTPConnection(address.host, address.port)
    connection.sock = connected
    # Whoever has lost it asks here again.
    connection.auto_open = 0
    return connection


def _agree(connected, context, host, end):
    # Apart from the handshake, whose waits would each have the whole time.
    wrapped = context.wrap_socket(
        connected, server_hostname=host, do_handshake_on_connect=False
    )
    try:
        with deadline(wrapped, end):
            wrapped.do_handshake()
    except BaseException:
        wrapped.close()
        raise
    return wrapped


def _connect(host, port, end):
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for left, (family, kind, protocol, _, place) in zip(
        range(len(found), 0, -1), found, strict=True
    ):
        connected = socket.socket(family, kind, protocol)
        try:
            # One that is silent leaves time for those behind it.
            seconds = (end - time.monotonic()) / left
            connected.settimeout(max(seconds, 1e-3))
            connected.connect(place)
        except BaseException as error:
            connected.close()
            if left == 1 or not isinstance(error, OSError):
                raise
        else:
            return connected
