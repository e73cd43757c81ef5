"""Two hosts and the path between them."""

import dataclasses
import fcntl
import json
import os
import struct
import subprocess
import sys

from lab.habits import kernel_settings

_TUN = "/dev/net/tun"
# From <linux/if_tun.h>.
_TUNSETIFF = 0x400454CA
_IFF_TAP = 0x0002
_IFF_NO_PI = 0x1000

WIRE = "wire"  # name of the device on each host
_SETTINGS = (
    # There is nobody who could tell of routers, or have the same address.
    f"net.ipv6.conf.{WIRE}.accept_ra=0",
    f"net.ipv6.conf.{WIRE}.accept_dad=0",
    # A server may give up its rights before it listens at a port like 443.
    "net.ipv4.ip_unprivileged_port_start=0",
)


def connect(client, server, conditions, rng, *, in_tunnel):
    """Makes the hosts, and a path between them.

    The server's services have addresses of a subnet behind it, so that they
    stay the same whether one gets there directly or through a tunnel.

    Args:
        client: `Host`. Its namespace is made, its `address` set.
        server: `Host`, likewise.
        conditions: `Conditions` of the path and the hosts.
        rng: `random.Random`. Draws the addresses.
        in_tunnel: bool. Whether the services are reached through a tunnel,
            in which they have addresses of IPv4 whatever the path has.

    Returns:
        dict of str: the addresses of both ends of the path, `client` and
        `gateway`; `services`, the subnet of the services, and `addresses`, a
        list of eight of it.
    """
    draw_path = _draw_ipv6_path if conditions.ipv6 else _draw_ipv4_path
    link, client_end, server_end = draw_path(rng)
    if conditions.ipv6 and not in_tunnel:
        services, addresses = _draw_ipv6_services(rng)
    else:
        services, addresses = _draw_ipv4_services(rng)
    devices = []
    for host, address, habits in (
        (client, client_end, conditions.client),
        (server, server_end, conditions.server),
    ):
        _run("ip", "netns", "add", host.name)
        devices.append(_move_tap(host.name))
        host.run("ip", "link", "set", "lo", "up")
        host.run("sysctl", "-qw", *kernel_settings(habits, WIRE), *_SETTINGS)
        host.run("ip", "link", "set", WIRE, "mtu", conditions.mtu, "up")
        length = link.split("/")[1]
        host.run(
            *("ip", "address", "add", f"{address}/{length}", "dev", WIRE),
            *("noprefixroute", *(("nodad",) if conditions.ipv6 else ())),
        )
        add_route(host, habits, link)
    for address in addresses:
        server.run("ip", "address", "add", address, "dev", "lo")
    client.address, server.address = client_end, addresses[0]
    _start_relay(devices, conditions, rng)
    return {
        "client": client_end,
        "gateway": server_end,
        "services": services,
        "addresses": addresses,
    }


def add_route(host, habits, subnet, *via):
    """Adds a route over the wire, on which a host keeps its habits.

    Args:
        host: `Host`.
        habits: `Habits` of the host.
        subnet: str.
        *via: `"via"` and the address of the other host, if it is behind it.
    """
    host.run(
        *("ip", "route", "add", subnet, *via, "dev", WIRE),
        *("initcwnd", habits.initial_window),
    )


def _draw_ipv4_path(rng):
    """Draws the subnet of the path and the addresses of both ends."""
    link = rng.choice(
        (
            f"10.{rng.randrange(256)}.{rng.randrange(256)}",
            f"192.168.{rng.randrange(256)}",
        )
    )
    own, other = rng.sample(range(2, 250), 2)
    return f"{link}.0/24", f"{link}.{own}", f"{link}.{other}"


def _draw_ipv6_path(rng):
    """The same of the addresses for documentation; the client's is private."""
    link = f"2001:db8:{rng.randrange(1, 0x8000):x}:{rng.randrange(1, 256):x}"
    own = ":".join(f"{rng.randrange(0x1000, 0x10000):x}" for _ in range(4))
    return f"{link}::/64", f"{link}:{own}", f"{link}::1"


def _draw_ipv4_services(rng):
    """Draws the subnet of the services and eight addresses of it."""
    services = f"172.{rng.randrange(16, 32)}.{rng.randrange(256)}"
    first = rng.randrange(2, 240)
    return (
        f"{services}.0/24",
        [f"{services}.{first + i}" for i in range(8)],
    )


def _draw_ipv6_services(rng):
    """The same of addresses that those of the path never are."""
    services = f"2001:db8:{rng.randrange(0x8000, 0x10000):x}:1"
    first = rng.randrange(2, 240)
    return f"{services}::/64", [f"{services}::{first + i:x}" for i in range(8)]


def _start_relay(devices, conditions, rng):
    subprocess.Popen(
        [
            *(sys.executable, "-m", "lab.relay", *map(str, devices)),
            str(rng.getrandbits(32)),
            json.dumps(dataclasses.asdict(conditions)),
        ],
        pass_fds=devices,
        stdin=subprocess.DEVNULL,
    )


def _move_tap(namespace):
    """Makes a TAP device, moves it, and gives the descriptor behind it."""
    device = os.open(_TUN, os.O_RDWR)
    name = f"tap-{namespace}"
    request = struct.pack("16sH22x", name.encode(), _IFF_TAP | _IFF_NO_PI)
    fcntl.ioctl(device, _TUNSETIFF, request)
    _run("ip", "link", "set", name, "netns", namespace, "name", WIRE)
    return device


def _run(*arguments):
    subprocess.run(arguments, check=True, capture_output=True)
