"""Clients of BitTorrent, as peers of a swarm that only a tracker tells of."""

import json


def start_peer(session, host, program, address, port, folder, torrent, crypt):
    """Starts a client that seeds what is in its folder, or downloads it.

    Args:
        session: `lab.session.Session`.
        host: `lab.host.Host`. Where it runs.
        program: str.
        address: str. Where it listens; `"0.0.0.0"` for anywhere.
        port: int. Where it listens.
        folder: `pathlib.Path`. Holds the file, or gets it.
        torrent: `pathlib.Path`.
        crypt: bool. Whether all connections must be obfuscated.
    """
    start = _STARTS[program]
    start(session, host, (address, port), folder, torrent, crypt)


def _aria2(session, host, bound, folder, torrent, crypt):
    address, port = bound
    crypto = (
        ("--bt-require-crypto=true", "--bt-min-crypto-level=arc4")
        if crypt
        else ("--bt-require-crypto=false",)
    )
    own = () if address == "0.0.0.0" else (f"--interface={address}",)
    host.start(
        *("aria2c", "--no-conf", f"--dir={folder}", *crypto, *own),
        *("--enable-dht=false", "--enable-dht6=false"),
        *("--bt-enable-lpd=false", "--enable-peer-exchange=false"),
        *("--check-integrity=true", "--seed-ratio=0", "--async-dns=false"),
        *("--file-allocation=none", "--disable-ipv6=true"),
        f"--listen-port={port}",
        torrent,
    )


def _transmission(session, host, bound, folder, torrent, crypt):
    address, port = bound
    settings = {
        "bind-address-ipv4": address,
        "dht-enabled": False,
        "download-dir": str(folder),
        "encryption": 2 if crypt else 0,
        "lpd-enabled": False,
        "peer-port": port,
        "pex-enabled": False,
        "port-forwarding-enabled": False,
        # It is slow to see that the others do not know it.
        "utp-enabled": _UTP.issuperset(session.programs)
        and session.rng.random() < 0.5,
    }
    configuration = folder.with_name(f"{folder.name}-settings")
    session.write(f"{configuration.name}/settings.json", json.dumps(settings))
    host.start(
        *("transmission-cli", "-g", configuration, "-w", folder),
        *("-M", "-p", port, torrent),
        *(("-er",) if crypt else ("-et",)),
    )


def _qbittorrent(session, host, bound, folder, torrent, crypt):
    address, port = bound
    if address == "0.0.0.0":
        # Else it would also use the way around a tunnel.
        address = session.client_address()
    profile = folder.with_name(f"{folder.name}-profile")
    session.write(
        f"{profile.name}/qBittorrent/config/qBittorrent.conf",
        f"""
        [LegalNotice]
        Accepted=true
        [BitTorrent]
        Session\\BTProtocol={session.rng.choice(("TCP", "Both"))}
        Session\\DHTEnabled=false
        Session\\PeXEnabled=false
        Session\\LSDEnabled=false
        Session\\Encryption={1 if crypt else 0}
        Session\\Interface=
        Session\\InterfaceAddress={address}
        Session\\Port={port}
        [Network]
        PortForwardingEnabled=false
        [Preferences]
        Connection\\ResolvePeerCountries=false
        WebUI\\Address=127.0.0.1
        WebUI\\Port={_WEB_PORT + port}
        """,
    )
    host.start(
        *("qbittorrent-nox", f"--profile={profile}", f"--save-path={folder}"),
        *("--skip-dialog=true", torrent),
    )


def _rtorrent(session, host, bound, folder, torrent, crypt):
    address, port = bound
    state = folder.with_name(f"{folder.name}-state")
    state.mkdir()
    encryption = "require,require_RC4,allow_incoming,try_outgoing"
    settings = session.write(
        f"{state.name}.rc",
        f"""
        system.daemon.set = true
        session.path.set = {state}
        directory.default.set = {folder}
        network.bind_address.set = {address}
        network.port_range.set = {port}-{port}
        network.port_random.set = no
        dht.mode.set = disable
        protocol.pex.set = no
        protocol.encryption.set = {encryption if crypt else "none"}
        load.start = {torrent}
        """,
    )
    host.start("rtorrent", "-n", "-o", f"import={settings}")


_STARTS = {
    "aria2": _aria2,
    "transmission": _transmission,
    "qbittorrent": _qbittorrent,
    "rtorrent": _rtorrent,
}
_UTP = {"transmission", "qbittorrent"}  # these know it
# Of what qBittorrent shows a browser, and nobody looks at; added to a peer's.
_WEB_PORT = 50_000
