"""File transfers: SCP, SFTP and FTP over TLS."""

from lab.scenarios.ftps_clients import FTPS_CLIENTS
from lab.scenarios.ftps_servers import start_ftps
from lab.scenarios.moves import check_moves
from lab.scenarios.moves import draw_moves
from lab.scenarios.ssh_clients import SCP_CLIENTS
from lab.scenarios.ssh_clients import SFTP_CLIENTS
from lab.scenarios.ssh_servers import start_ssh

_SSH_CIPHERS = (
    "chacha20-poly1305@openssh.com",
    "aes128-ctr",
    "aes256-gcm@openssh.com",
)


def play_scp(session):
    """Copies files by SCP, over a connection for each."""
    client = SCP_CLIENTS[session.programs[1]]
    ciphers, moves = _prepare_ssh(session)
    with session.capture():
        for move in moves:
            command, said = client(session, ciphers, [move])
            session.client.run(*command, input=said)
            session.pause(0.1, 1)
    check_moves(session, moves)


def play_sftp(session):
    """Looks around and moves files in one SFTP session."""
    client = SFTP_CLIENTS[session.programs[1]]
    ciphers, moves = _prepare_ssh(session)
    command, said = client(session, ciphers, moves)
    with session.capture():
        session.client.run(*command, input=said)
    check_moves(session, moves)


def play_ftps(session):
    """Lists and moves files over FTP with explicit TLS."""
    # The home of the user `ftp`, without which nobody may log in.
    root = session.empty_folder("/srv") / "ftp"
    uploads = root / "uploads"
    uploads.mkdir(parents=True)
    uploads.chmod(0o777)
    start_ftps(session, root)
    moves = draw_moves(session, uploads=uploads, downloads=root)
    version = session.rng.choice(("1.2", "1.3"))
    if session.programs[0] == "vsftpd":
        # 3.0.3 loses uploads of more than one record of TLS 1.3.
        version = "1.2"
    client = FTPS_CLIENTS[session.programs[1]]
    command, said = client(session, version, root, moves)
    with session.capture():
        session.client.run(*command, input=said)
    check_moves(session, moves)


def _prepare_ssh(session):
    """Starts the server; gives ciphers by preference, and moves."""
    start_ssh(session)
    # All of them, since not every server has the first.
    ciphers = session.rng.sample(_SSH_CIPHERS, len(_SSH_CIPHERS))
    return ciphers, draw_moves(
        session, uploads=session.folder, downloads=session.folder
    )
