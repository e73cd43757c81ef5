"""IPsec by IKEv2: strongSwan, whose ESP is in user space and within UDP."""

from lab.tunnels.devices import INSIDE

_PLUGINS = (
    "random nonce openssl kdf hmac sha2 aes gcm kernel-libipsec kernel-netlink "
    "socket-default vici"
)


def prepare_ikev2(session):
    """Starts the server; both know a secret."""
    secret = f"{session.rng.getrandbits(128):x}"
    session.write("vpn-secret", secret)
    _start(
        session,
        *(session.server, session.tunnel_port),
        f"pools {{ inside {{ addrs = {INSIDE}.0/28 }} }}",
        f"""
        local_addrs = {session.addresses["server"]}
        pools = inside
        local {{ auth = psk
            id = server }}
        remote {{ auth = psk
            id = client }}
        children {{ net {{
            local_ts = {session.addresses["services"]}
        }} }}
        """,
    )


def connect_ikev2(session):
    """Connects a client."""
    _start(
        session,
        *(session.client, 0),
        "",
        f"""
        remote_addrs = {session.addresses["server"]}
        remote_port = {session.tunnel_port}
        vips = 0.0.0.0
        local {{ auth = psk
            id = client }}
        remote {{ auth = psk
            id = server }}
        children {{ net {{
            remote_ts = {session.addresses["services"]}
        }} }}
        """,
    )
    _tell(session, session.client, "--initiate", "--child", "net")


def _start(session, host, port, pools, connection):
    """Starts an end and tells it of the connection."""
    socket = _socket(session, host)
    settings = session.write(
        f"{host.name}-strongswan.conf",
        f"""
        charon-systemd {{
            load = {_PLUGINS}
            port = 0
            port_nat_t = {port}
            filelog {{ stderr {{ default = 1 }} }}
            plugins {{ vici {{ socket = unix://{socket} }} }}
        }}
        """,
    )
    host.start(
        *("env", f"STRONGSWAN_CONF={settings}", "/usr/sbin/charon-systemd"),
        ready=socket.exists,
    )
    secret = (session.folder / "vpn-secret").read_text()
    own = session.write(
        f"{host.name}-swanctl.conf",
        f"""
        {pools}
        connections {{ vpn {{
            version = 2
            encap = yes
            {connection}
        }} }}
        secrets {{ ike {{ secret = {secret} }} }}
        """,
    )
    _tell(session, host, "--load-all", "--file", own)


def _tell(session, host, *command):
    socket = _socket(session, host)
    host.run("swanctl", *command, "--uri", f"unix://{socket}")


def _socket(session, host):
    return session.folder / f"{host.name}-vici"
