"""VNC and RDP: somebody reads texts on the screen of another host."""

from lab.scenarios.contents import some_text
from lab.scenarios.rdp import start_rdp_client
from lab.scenarios.rdp import start_rdp_server
from lab.scenarios.vnc_clients import start_vnc_client
from lab.scenarios.vnc_servers import start_vnc_server


def play_vnc(session):
    """Reads them over VNC."""
    password = f"{session.rng.getrandbits(32):08x}"  # there are no longer ones
    stored = session.folder / "vnc-password"
    session.server.run("x11vnc", "-storepasswd", password, stored)
    start_vnc_server(session, stored)
    _read_texts(session, lambda: start_vnc_client(session, password, stored))


def play_rdp(session):
    """Reads them over RDP."""
    start_rdp_server(session)
    _read_texts(session, lambda: start_rdp_client(session))


def _read_texts(session, start_client):
    """Types names of texts into a terminal, which shows them."""
    rng = session.rng
    texts = [f"text{number}" for number in range(rng.randint(3, 8))]
    for name in texts:
        paragraphs = (some_text(rng, 10, 60) for _ in range(rng.randint(1, 6)))
        session.write(name, "\n\n".join(paragraphs) + "\n")
    read = session.write("read.txt", "")
    session.server.start(
        *("xterm", "-display", ":1", "-geometry", "100x35+0+0", "-e"),
        *("sh", "-c", _show_texts(session.folder)),
        ready=lambda: read.read_text() == "ready\n",
    )
    with session.capture():
        client = start_client()
        for name in texts:
            client.type(name)
            session.pause(0.5, 2)
        session.wait_for(
            lambda: read.read_text().split() == ["ready", *texts],
            f"{len(texts)} texts are read",
            seconds=20,
        )
        client.end()


def _show_texts(folder):
    """The command of the terminal: shows each text that is named to it."""
    return (
        f"cd {folder}; echo ready >> read.txt; "
        'while read -r name; do cat "$name"; echo "$name" >> read.txt; done'
    )
