"""Moves files over SCP or SFTP with asyncssh.

`python3 -m lab.clients.move_by_asyncssh HOST PORT KEY CIPHERS < STEPS`; the
ciphers, by preference, have commas between. The steps are a JSON object:
`protocol`, `scp` or `sftp`; `folder`, which sftp lists before each move;
`moves`, a list of `[direction, source, target]` with the direction `put` or
`get`.
"""

import asyncio
import json
import sys

import asyncssh


async def main():
    """Takes the steps."""
    host, port, key, ciphers = sys.argv[1:]
    steps = json.load(sys.stdin)
    move = {"scp": _move_by_scp, "sftp": _move_by_sftp}[steps["protocol"]]
    async with asyncssh.connect(
        host,
        int(port),
        username="root",
        client_keys=[key],
        encryption_algs=ciphers,
        known_hosts=None,
    ) as connection:
        await move(connection, steps)


async def _move_by_scp(connection, steps):
    for direction, source, target in steps["moves"]:
        if direction == "put":
            await asyncssh.scp(source, (connection, target))
        else:
            await asyncssh.scp((connection, source), target)


async def _move_by_sftp(connection, steps):
    async with connection.start_sftp_client() as sftp:
        for direction, source, target in steps["moves"]:
            await sftp.readdir(steps["folder"])
            await getattr(sftp, direction)(source, target)


if __name__ == "__main__":
    asyncio.run(main())
