"""Serves a mailbox over IMAP by pymap, to its own host and without TLS.

`python -m lab.servers.serve_imap FOLDER PORT USER PASSWORD MAILDIR`; the folder
is for pymap's own files.
"""

import pathlib
import sys

import pymap.main
from pysasl.hashing import BuiltinHash


def main():
    """Serves until it is ended."""
    folder, port, user, password, maildir = sys.argv[1:]
    # A password of a session needs no protection; by default it costs seconds.
    secret = BuiltinHash(rounds=1000).hash(password)
    place = pathlib.Path(folder)
    (place / "pymap-etc-passwd").write_text(f"{user}:x::::{maildir}:\n")
    (place / "pymap-etc-shadow").write_text(f"{user}:{secret}:::::::\n")
    sys.argv[1:] = [
        *("--host", "127.0.0.1", "--port", port, "--no-tls"),
        *("maildir", folder),
    ]
    pymap.main.main()


if __name__ == "__main__":
    main()
