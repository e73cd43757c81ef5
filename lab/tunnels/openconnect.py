"""AnyConnect's protocol, TLS and DTLS, by ocserv and OpenConnect."""

from lab.certificates import make_certificate
from lab.host import in_url
from lab.tunnels.devices import INSIDE

_USER = "anna"


def prepare_openconnect(session):
    """Starts the server, which knows one user by a password."""
    certificate, key = make_certificate(
        session.folder, "vpn-server", session.addresses["gateway"]
    )
    password = f"{session.rng.getrandbits(80):x}\n"
    session.write("vpn-password", password)
    users = session.folder / "vpn-users"
    session.server.run("ocpasswd", "-c", users, _USER, input=password * 2)
    settings = session.write(
        "ocserv.conf",
        f"""
auth = "plain[passwd={users}]"
tcp-port = {session.tunnel_port}
udp-port = {session.tunnel_port}
run-as-user = nobody
run-as-group = nogroup
socket-file = {session.folder}/ocserv
use-occtl = false
isolate-workers = false
server-cert = {certificate}
server-key = {key}
device = vpn
ipv4-network = {INSIDE}.0/24
route = {session.addresses["services"]}
try-mtu-discovery = false
""",
    )
    session.server.start(
        *("ocserv", "--foreground", "--config", settings),
        ready=session.server.listens(session.tunnel_port),
    )


def connect_openconnect(session):
    """Connects a client."""
    script = session.write("openconnect-script", _SCRIPT)
    script.chmod(0o755)
    services = session.addresses["services"]
    # No name, which would show in the handshake.
    host = in_url(session.addresses["gateway"])
    # It says that it is configured while the script still runs.
    done = session.folder / "openconnect-done"
    with (session.folder / "vpn-password").open() as password:
        session.client.start(
            *("env", f"SERVICES={services}", f"DONE={done}", "openconnect"),
            *("--user", _USER, "--passwd-on-stdin", "--non-inter"),
            *("--cafile", session.folder / "vpn-server.crt"),
            *("--interface", "vpn", "--script", script),
            f"{host}:{session.tunnel_port}",
            stdin=password,
            ready=done.exists,
        )


# That of the package would write to the system's name servers.
_SCRIPT = """\
#!/bin/sh
set -e
[ "$reason" = connect ] || exit 0
ip address add "$INTERNAL_IP4_ADDRESS/24" dev "$TUNDEV"
ip link set "$TUNDEV" mtu "$INTERNAL_IP4_MTU" up
ip route add "$SERVICES" dev "$TUNDEV"
: >"$DONE"
"""
