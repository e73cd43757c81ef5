"""Moves files over SFTP with Paramiko.

`python3 -m lab.clients.move_by_paramiko HOST PORT KEY < STEPS`; the steps are
those of `lab.clients.move_by_asyncssh`.
"""

import json
import sys

import paramiko


def main():
    """Takes the steps."""
    host, port, key = sys.argv[1:]
    steps = json.load(sys.stdin)
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect(
            *(host, int(port), "root"),
            key_filename=key,
            allow_agent=False,
            # The machine is busy; by default the banner may take 15 s.
            banner_timeout=60,
            auth_timeout=60,
        )
        with client.open_sftp() as sftp:
            for direction, source, target in steps["moves"]:
                sftp.listdir_attr(steps["folder"])
                getattr(sftp, direction)(source, target)


if __name__ == "__main__":
    main()
