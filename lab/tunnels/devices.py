"""Devices of the tunnels that do not set them up themselves."""

import subprocess

# Subnet of the tunnel itself, of which the server has the first address.
INSIDE = "10.8.0"


def has_device(host, name):
    """Gives a `ready` function: does the host have a device of that name?"""
    command = host.command("ip", "link", "show", name)

    def ready():
        return not subprocess.run(command, capture_output=True).returncode

    return ready


def set_up_device(host, name, last, *settings):
    """Gives a device its address and lets it carry packets.

    Args:
        host: `lab.host.Host`.
        name: str. Name of the device.
        last: int. Of the four numbers of the address.
        *settings: further arguments of `ip link set`.
    """
    address = f"{INSIDE}.{last}/24"
    host.run("ip", "address", "add", address, "dev", name)
    host.run("ip", "link", "set", name, *settings, "up")
