"""Two hosts and the path between them."""

import fcntl
import json
import os
import struct
import subprocess
import sys

_TUN = "/dev/net/tun"
# From <linux/if_tun.h>.
_TUNSETIFF = 0x400454CA
_IFF_TAP = 0x0002
_IFF_NO_PI = 0x1000

WIRE = "wire"  # name of the device on each host


def connect(client, server, conditions, rng):
    """Makes the hosts, and a path between them.

    The server's services have addresses of a subnet behind it, so that they
    stay the same whether one gets there directly or through a tunnel.

    Args:
        client: `Host`. Its namespace is made, its `address` set.
        server: `Host`, likewise.
        conditions: `Conditions` of the path.
        rng: `random.Random`. Draws the addresses.

    Returns:
        dict of str: the addresses of both ends of the path, `client` and
        `server`; `services`, the subnet of the services, and `addresses`, a
        list of eight of it.
    """
    link = f"10.{rng.randrange(256)}.{rng.randrange(256)}"
    own, other = rng.sample(range(2, 250), 2)
    services = f"172.{rng.randrange(16, 32)}.{rng.randrange(256)}"
    first = rng.randrange(2, 240)
    plan = {
        "client": f"{link}.{own}",
        "server": f"{link}.{other}",
        "services": f"{services}.0/24",
        "addresses": [f"{services}.{first + i}" for i in range(8)],
    }
    devices = []
    for host, end in ((client, "client"), (server, "server")):
        _run("ip", "netns", "add", host.name)
        devices.append(_move_tap(host.name))
        host.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
        host.run("ip", "link", "set", "lo", "up")
        host.run("ip", "address", "add", f"{plan[end]}/24", "dev", WIRE)
        host.run("ip", "link", "set", WIRE, "up")
    for address in plan["addresses"]:
        server.run("ip", "address", "add", f"{address}/32", "dev", "lo")
    client.address, server.address = plan["client"], plan["addresses"][0]
    settings = {**vars(conditions), "seed": rng.getrandbits(32)}
    subprocess.Popen(
        [
            sys.executable,
            "-m",
            "lab.relay",
            *map(str, devices),
            json.dumps(settings),
        ],
        pass_fds=devices,
        stdin=subprocess.DEVNULL,
    )
    return plan


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
