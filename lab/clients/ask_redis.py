"""Sends commands to Redis by redis-py.

`python3 -m lab.clients.ask_redis HOST PORT CERTIFICATE PASSWORD`: the commands
come from standard input, one a line.
"""

import shlex
import sys

import redis


def main():
    """Runs the client."""
    host, port, certificate, password = sys.argv[1:]
    client = redis.Redis(
        host,
        int(port),
        password=password,
        ssl=True,
        ssl_ca_certs=certificate,
        decode_responses=True,
    )
    for line in sys.stdin:
        print(client.execute_command(*shlex.split(line)))


if __name__ == "__main__":
    main()
