"""Moves files over FTP with TLS by Python's ftplib.

`python -m lab.clients.move_by_ftplib HOST PORT TLS < MOVES`, with the latest
version of TLS; the moves are a JSON list of `[direction, here, there]` with the
direction `put` or `get` and the paths at the client and at the server.
"""

import ftplib
import json
import pathlib
import ssl
import sys


def main():
    """Makes the moves, after a look around and before another."""
    host, port, version = sys.argv[1:]
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # it is self-signed
    context.maximum_version = ssl.TLSVersion[f"TLSv{version.replace('.', '_')}"]
    with ftplib.FTP_TLS(context=context) as ftp:
        ftp.connect(host, int(port))
        ftp.login()
        ftp.prot_p()
        ftp.retrlines("LIST")
        for direction, here, there in json.load(sys.stdin):
            if direction == "put":
                with pathlib.Path(here).open("rb") as file:
                    ftp.storbinary(f"STOR {there}", file)
            else:
                with pathlib.Path(here).open("wb") as file:
                    ftp.retrbinary(f"RETR {there}", file.write)
        ftp.retrlines("LIST uploads")


if __name__ == "__main__":
    main()
