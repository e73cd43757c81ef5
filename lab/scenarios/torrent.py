"""BitTorrent: a small swarm with a tracker, of one or two kinds of clients."""

import re

from lab.scenarios.contents import log_uniform
from lab.scenarios.contents import some_bytes
from lab.scenarios.torrent_clients import start_peer

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
        bound = address, next(ports)
        start_peer(session, host, program, *bound, folder, torrent, encrypted)
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
