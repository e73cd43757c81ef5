"""A tunnel of IP packets within OpenSSH."""

from lab.tunnels.devices import has_device
from lab.tunnels.devices import set_up_device

_DEVICE = "tun0"


def prepare_ssh(session):
    """Makes the keys of both ends and starts the server."""
    for name in ("vpn-host", "vpn-user"):
        session.client.run(
            *("ssh-keygen", "-q", "-t", "ed25519", "-N", ""),
            *("-f", session.folder / name),
        )
    session.empty_folder("/run/sshd")
    session.server.start(
        *("/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null"),
        *("-h", session.folder / "vpn-host", "-p", session.tunnel_port),
        *("-o", f"AuthorizedKeysFile={session.folder / 'vpn-user.pub'}"),
        *("-o", "StrictModes=no", "-o", "PermitRootLogin=yes"),
        *("-o", "PermitTunnel=point-to-point"),
        ready=session.server.listens(session.tunnel_port),
    )


def connect_ssh(session):
    """Connects a client; each end of the tunnel is then set up by itself."""
    key = (session.folder / "vpn-host.pub").read_text()
    known = session.write("vpn-known", f"vpn {key}")
    session.client.start(
        *("ssh", "-F", "/dev/null", "-N", "-w", "0:0"),
        *("-o", "ExitOnForwardFailure=yes", "-o", "BatchMode=yes"),
        *("-o", f"UserKnownHostsFile={known}", "-o", "HostKeyAlias=vpn"),
        *("-i", session.folder / "vpn-user", "-p", session.tunnel_port),
        f"root@{session.addresses['server']}",
        # The client's is there before the server has said yes.
        ready=has_device(session.server, _DEVICE),
    )
    set_up_device(session.server, _DEVICE, 1)
    set_up_device(session.client, _DEVICE, 2)
    services = session.addresses["services"]
    session.client.run("ip", "route", "add", services, "dev", _DEVICE)
