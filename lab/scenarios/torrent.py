"""BitTorrent: a small swarm with a tracker, of two kinds of clients."""

import json
import re

from lab.scenarios.contents import log_uniform
from lab.scenarios.contents import some_bytes

_SWARM_SECONDS = 40
_FILE = "holiday.mkv"


def play_torrent(session):
    """Downloads a file from the swarm, or seeds it to others."""
    rng = session.rng
    content = some_bytes(rng, round(log_uniform(rng, 40e3, 110e3)))
    encrypted = rng.random() < 0.5
    torrent = _start_tracker(session, content)
    others = session.addresses["addresses"][1 : rng.randint(3, 5)]
    # Those of the server's peers must differ, also from the tracker's.
    ports = iter(rng.sample(range(6881, 6960), 1 + len(others)))

    def join(host, address, *, seeds):
        """Starts a peer; returns where its file is to appear."""
        folder = session.folder / f"peer-{address}"
        folder.mkdir()
        if seeds:
            (folder / _FILE).write_bytes(content)
        program = session.programs[0 if host is session.server else 1]
        start = _STARTS[program]
        bound = address, next(ports)
        start(session, host, bound, folder, torrent, encrypted)
        return folder / _FILE

    if rng.random() < 0.5:
        for address in others:
            join(session.server, address, seeds=True)
        _wait_for_seeds(session, len(others))
        with session.capture():
            files = [join(session.client, "0.0.0.0", seeds=False)]
            _wait_for_files(session, files, content)
    else:
        with session.capture():
            join(session.client, "0.0.0.0", seeds=True)
            _wait_for_seeds(session, 1)
            files = [join(session.server, a, seeds=False) for a in others[:2]]
            _wait_for_files(session, files, content)


def _start_tracker(session, content):
    """Starts the tracker; gives the path of the torrent."""
    source = session.write(f"source/{_FILE}", content)
    torrent = session.folder / "holiday.torrent"
    session.server.run(
        *("transmission-create", "-o", torrent, "-s", 16),
        *("-t", f"http://{session.name('tracker')}:{session.port}/announce"),
        source,
    )
    shown = session.server.run("transmission-show", torrent)
    # Debian's tracker serves what it is told to, and has that as its root.
    root = session.empty_folder("/srv")
    allowed = root / "allowed"
    allowed.write_text(re.search(r"Hash: (\w+)", shown)[1] + "\n")
    session.server.start(
        *("opentracker", "-i", "0.0.0.0", "-p", session.port),
        *("-P", session.port, "-d", root, "-w", allowed.name),
        *("-f", session.write("tracker.conf", "access.stats 127.0.0.1\n")),
        ready=session.server.listens(session.port),
    )
    return torrent


def _start_aria2(session, host, bound, folder, torrent, encrypted):
    address, port = bound
    crypto = (
        ("--bt-require-crypto=true", "--bt-min-crypto-level=arc4")
        if encrypted
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


def _start_transmission(session, host, bound, folder, torrent, encrypted):
    address, port = bound
    settings = {
        "bind-address-ipv4": address,
        "dht-enabled": False,
        "download-dir": str(folder),
        "encryption": 2 if encrypted else 0,
        "lpd-enabled": False,
        "peer-port": port,
        "pex-enabled": False,
        "port-forwarding-enabled": False,
        "utp-enabled": session.rng.random() < 0.5,
    }
    configuration = folder.with_name(f"{folder.name}-settings")
    session.write(f"{configuration.name}/settings.json", json.dumps(settings))
    host.start(
        *("transmission-cli", "-g", configuration, "-w", folder),
        *("-M", "-p", port, torrent),
        *(("-er",) if encrypted else ("-et",)),
    )


_STARTS = {"aria2": _start_aria2, "transmission": _start_transmission}


def _wait_for_seeds(session, count):
    """Waits until the tracker knows so many seeds."""

    def known():
        # Asked on the server's host: nothing of it is on the wire.
        said = session.server.run(
            *("curl", "-s", "--max-time", 5),
            f"http://127.0.0.1:{session.port}/stats?mode=everything",
        )
        found = re.search(r"<seeds>\s*<count>(\d+)", said)
        return found and int(found[1]) == count

    session.wait_for(known, f"{count} seeds known", seconds=_SWARM_SECONDS)


def _wait_for_files(session, files, content):
    session.wait_for(
        lambda: all(f.exists() and f.read_bytes() == content for f in files),
        "the file is complete",
        seconds=_SWARM_SECONDS,
    )
