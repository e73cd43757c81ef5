"""Tunnels from the client to the server.

Each has two functions: one prepares the server, the other connects the client,
from where the server's services are then reached through the tunnel.
"""

import dataclasses
import functools
from collections.abc import Callable

from lab.tunnels.ikev2 import connect_ikev2
from lab.tunnels.ikev2 import prepare_ikev2
from lab.tunnels.openconnect import connect_openconnect
from lab.tunnels.openconnect import prepare_openconnect
from lab.tunnels.openvpn import connect_openvpn
from lab.tunnels.openvpn import prepare_openvpn
from lab.tunnels.ssh import connect_ssh
from lab.tunnels.ssh import prepare_ssh
from lab.tunnels.wireguard import connect_wireguard
from lab.tunnels.wireguard import prepare_wireguard


@dataclasses.dataclass(frozen=True)
class Tunnel:
    """A way from the client to the services.

    Args:
        name: str.
        prepare: function of a `Session`, called before the capture begins.
        connect: function of a `Session`, called when it has begun.
        port: int. Where its server listens by custom.
        dissectors: dict of str to str. What tshark calls the protocol at the
            port, for each transport, `tcp` and `udp`.
        protocol: str. A tshark display filter that its packets match.
    """

    name: str
    prepare: Callable
    connect: Callable
    port: int
    dissectors: dict[str, str]
    protocol: str


TUNNELS = (
    Tunnel(
        "openvpn_udp",
        functools.partial(prepare_openvpn, transport="udp"),
        functools.partial(connect_openvpn, transport="udp"),
        port=1194,
        dissectors={"udp": "openvpn"},
        protocol="openvpn and udp",
    ),
    Tunnel(
        "openvpn_tcp",
        functools.partial(prepare_openvpn, transport="tcp"),
        functools.partial(connect_openvpn, transport="tcp"),
        port=1194,
        dissectors={"tcp": "openvpn"},
        protocol="openvpn and tcp",
    ),
    Tunnel(
        *("wireguard", prepare_wireguard, connect_wireguard),
        port=51820,
        dissectors={"udp": "wg"},
        protocol="wg",
    ),
    Tunnel(
        *("ssh", prepare_ssh, connect_ssh),
        port=22,
        dissectors={"tcp": "ssh"},
        protocol="ssh",
    ),
    Tunnel(
        *("openconnect", prepare_openconnect, connect_openconnect),
        port=443,
        dissectors={"tcp": "tls", "udp": "dtls"},
        protocol="tls.app_data",
    ),
    Tunnel(
        *("ikev2", prepare_ikev2, connect_ikev2),
        port=4500,
        dissectors={"udp": "udpencap"},
        protocol="isakmp",
    ),
)
