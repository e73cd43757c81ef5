"""Serves files over SCP and SFTP with asyncssh.

`python3 -m lab.servers.serve_ssh PORT HOST_KEY AUTHORIZED_KEYS`
"""

import asyncio
import sys

import asyncssh


async def main():
    """Serves until it is ended."""
    port, host_key, authorized_keys = sys.argv[1:]
    server = await asyncssh.listen(
        port=int(port),
        server_host_keys=[host_key],
        authorized_client_keys=authorized_keys,
        sftp_factory=True,
        allow_scp=True,
    )
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(main())
