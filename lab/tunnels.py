"""VPN tunnels from the client to the server.

Each has two functions: one prepares the server, the other connects the client,
from where the server's services are then reached through the tunnel.
"""

import dataclasses
import functools
import re
import subprocess
from collections.abc import Callable

from lab.certificates import make_certificate

_OPENVPN_PORT = 1194
_WIREGUARD_PORT = 51820
_INSIDE = "10.8.0"  # subnet of the tunnel itself


def prepare_openvpn(session, transport):
    """Starts an OpenVPN server; certificates are known by fingerprint."""
    own = _make_openvpn_identity(session, "vpn-server")
    _make_openvpn_identity(session, "vpn-client")
    session.server.start(
        *("openvpn", "--mode", "server", "--tls-server", "--dh", "none"),
        *("--proto", "tcp-server" if transport == "tcp" else "udp"),
        *("--topology", "subnet", "--ifconfig", f"{_INSIDE}.1"),
        *("255.255.255.0", "--ifconfig-pool", f"{_INSIDE}.2", f"{_INSIDE}.9"),
        *("--push", "topology subnet"),
        *_openvpn_options(session, *own, peer="vpn-client"),
        ready=session.server.listens(_OPENVPN_PORT, transport),
    )


def connect_openvpn(session, transport):
    """Connects an OpenVPN client."""
    own = session.folder / "vpn-client.crt", session.folder / "vpn-client.key"
    services = session.addresses["services"].split("/")[0]
    session.client.start(
        *("openvpn", "--client", "--nobind"),
        *("--proto", "tcp-client" if transport == "tcp" else "udp"),
        *("--remote", session.addresses["server"], _OPENVPN_PORT),
        *("--route", services, "255.255.255.0", f"{_INSIDE}.1"),
        *_openvpn_options(session, *own, peer="vpn-server"),
        says="Initialization Sequence Completed",
    )


def prepare_wireguard(session):
    """Starts a WireGuard server in user space."""
    keys = {end: _wireguard_keys(session, end) for end in ("client", "server")}
    session.server.start(
        "wireguard-go",
        "-f",
        _device(session.server),
        ready=_has_device(session.server),
    )
    _configure_wireguard(
        session.server,
        f"{_INSIDE}.1/24",
        *("listen-port", _WIREGUARD_PORT, "private-key", keys["server"][0]),
        *("peer", keys["client"][1], "allowed-ips", f"{_INSIDE}.2/32"),
    )


def connect_wireguard(session):
    """Connects a WireGuard client; the first packet makes it shake hands."""
    session.client.start(
        "wireguard-go",
        "-f",
        _device(session.client),
        ready=_has_device(session.client),
    )
    server = (session.folder / "server.public").read_text().strip()
    services = session.addresses["services"]
    device = _device(session.client)
    _configure_wireguard(
        session.client,
        f"{_INSIDE}.2/24",
        *("private-key", session.folder / "client.private", "peer", server),
        *("endpoint", f"{session.addresses['server']}:{_WIREGUARD_PORT}"),
        *("allowed-ips", f"{_INSIDE}.1/32,{services}"),
        *("persistent-keepalive", 25),
    )
    session.client.run("ip", "route", "add", services, "dev", device)


def _make_openvpn_identity(session, name):
    return make_certificate(session.folder, name, key="ec")


def _openvpn_options(session, certificate, key, *, peer):
    said = subprocess.run(
        [
            *("openssl", "x509", "-noout", "-fingerprint", "-sha256"),
            *("-in", session.folder / f"{peer}.crt"),
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return (
        *("--dev", "vpn", "--dev-type", "tun", "--verb", "3"),
        *("--cert", certificate, "--key", key),
        *("--peer-fingerprint", re.search("=(.*)", said)[1]),
    )


def _wireguard_keys(session, end):
    """Makes the keys of one end: path of the private, text of the public."""
    private = subprocess.run(
        ["wg", "genkey"], check=True, capture_output=True, text=True
    ).stdout
    public = subprocess.run(
        ["wg", "pubkey"],
        check=True,
        capture_output=True,
        text=True,
        input=private,
    ).stdout
    path = session.folder / f"{end}.private"
    path.write_text(private)
    (session.folder / f"{end}.public").write_text(public)
    return path, public.strip()


def _device(host):
    # Both share a folder of control sockets, named after the devices.
    return f"vpn-{host.name}"


def _has_device(host):
    def ready():
        command = host.command("ip", "link", "show", _device(host))
        return not subprocess.run(command, capture_output=True).returncode

    return ready


def _configure_wireguard(host, address, *settings):
    host.run("wg", "set", _device(host), *settings)
    host.run("ip", "address", "add", address, "dev", _device(host))
    host.run("ip", "link", "set", _device(host), "mtu", 1420, "up")


@dataclasses.dataclass(frozen=True)
class Tunnel:
    """A way from the client to the services.

    Args:
        name: str.
        prepare: function of a `Session`, called before the capture begins.
        connect: function of a `Session`, called when it has begun.
        protocol: str. A tshark display filter that its packets match.
    """

    name: str
    prepare: Callable
    connect: Callable
    protocol: str


TUNNELS = (
    Tunnel(
        "openvpn_udp",
        functools.partial(prepare_openvpn, transport="udp"),
        functools.partial(connect_openvpn, transport="udp"),
        "openvpn and udp",
    ),
    Tunnel(
        "openvpn_tcp",
        functools.partial(prepare_openvpn, transport="tcp"),
        functools.partial(connect_openvpn, transport="tcp"),
        "openvpn and tcp",
    ),
    Tunnel("wireguard", prepare_wireguard, connect_wireguard, "wg"),
)
