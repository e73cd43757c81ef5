"""OpenVPN over UDP and over TCP."""

import re
import subprocess

from lab.certificates import make_certificate
from lab.tunnels.devices import INSIDE


def prepare_openvpn(session, transport):
    """Starts an OpenVPN server; certificates are known by fingerprint."""
    own = _make_identity(session, "vpn-server")
    _make_identity(session, "vpn-client")
    session.server.start(
        *("openvpn", "--mode", "server", "--tls-server", "--dh", "none"),
        # Such a socket takes IPv4 as well.
        *("--proto", "tcp6-server" if transport == "tcp" else "udp6"),
        *("--port", session.tunnel_port),
        *("--topology", "subnet", "--ifconfig", f"{INSIDE}.1"),
        *("255.255.255.0", "--ifconfig-pool", f"{INSIDE}.2", f"{INSIDE}.9"),
        *("--push", "topology subnet"),
        *_options(session, *own, peer="vpn-client"),
        ready=session.server.listens(session.tunnel_port, transport),
    )


def connect_openvpn(session, transport):
    """Connects an OpenVPN client."""
    own = session.folder / "vpn-client.crt", session.folder / "vpn-client.key"
    services = session.addresses["services"].split("/")[0]
    session.client.start(
        *("openvpn", "--client", "--nobind"),
        *("--proto", "tcp-client" if transport == "tcp" else "udp"),
        *("--remote", session.addresses["server"], session.tunnel_port),
        *("--route", services, "255.255.255.0", f"{INSIDE}.1"),
        *_options(session, *own, peer="vpn-server"),
        says="Initialization Sequence Completed",
    )


def _make_identity(session, name):
    return make_certificate(session.folder, name, key="ec")


def _options(session, certificate, key, *, peer):
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
        # Segments are to get through the path in one piece.
        *("--mssfix", session.mtu, "mtu"),
    )
