"""Sends commands to PostgreSQL by asyncpg.

`python3 -m lab.clients.ask_postgres HOST PORT CERTIFICATE PASSWORD`: the
commands come from standard input, one a line.
"""

import asyncio
import ssl
import sys

import asyncpg


async def main():
    """Runs the client."""
    host, port, certificate, password = sys.argv[1:]
    connection = await asyncpg.connect(
        host=host,
        port=int(port),
        user="lab",
        password=password,
        database="postgres",
        ssl=ssl.create_default_context(cafile=certificate),
    )
    for line in sys.stdin:
        print(await connection.fetch(line))
    await connection.close()


if __name__ == "__main__":
    asyncio.run(main())
