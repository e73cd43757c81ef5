"""WireGuard in user space."""

import subprocess

from lab.tunnels.devices import INSIDE
from lab.tunnels.devices import has_device
from lab.tunnels.devices import set_up_device

_HEADERS = 80  # bytes of the tunnel's own


def prepare_wireguard(session):
    """Starts a WireGuard server."""
    keys = {end: _make_keys(session, end) for end in ("client", "server")}
    device = _start(session.server)
    session.server.run(
        *("wg", "set", device, "listen-port", session.tunnel_port),
        *("private-key", keys["server"][0]),
        *("peer", keys["client"][1], "allowed-ips", f"{INSIDE}.2/32"),
    )
    set_up_device(session.server, device, 1, "mtu", session.mtu - _HEADERS)


def connect_wireguard(session):
    """Connects a WireGuard client; the first packet makes it shake hands."""
    device = _start(session.client)
    server = (session.folder / "server.public").read_text().strip()
    services = session.addresses["services"]
    session.client.run(
        *("wg", "set", device),
        *("private-key", session.folder / "client.private", "peer", server),
        "endpoint",
        f"{session.addresses['server']}:{session.tunnel_port}",
        *("allowed-ips", f"{INSIDE}.1/32,{services}"),
        *("persistent-keepalive", 25),
    )
    set_up_device(session.client, device, 2, "mtu", session.mtu - _HEADERS)
    session.client.run("ip", "route", "add", services, "dev", device)


def _start(host):
    # Both share a folder of control sockets, named after the devices.
    device = f"vpn-{host.name}"
    host.start("wireguard-go", "-f", device, ready=has_device(host, device))
    return device


def _make_keys(session, end):
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
