"""Asks tshark whether the captures of a set are what their labels say.

python -m lab.check DIR
"""

import functools
import os
import pathlib
import subprocess
import sys
from multiprocessing.pool import ThreadPool

import tqdm

from lab.errors import LabError
from lab.plans import find_scenario
from lab.plans import find_tunnel
from lab.set_files import find_capture
from lab.set_files import read_csv

# What has no ports beside a tunnel: the rest of a packet in fragments, whose
# first has them, and what hosts of IPv6 tell their neighbours.
_NEVER_STRANGE = (
    "ip.frag_offset > 0",
    "ipv6.fraghdr.offset > 0",
    "icmpv6.type in {130..137, 143}",
)


def main():
    """Checks the set in a folder that the lab wrote.

    Returns:
        int. Exit code: 0 all as expected, 1 not, 2 wrong usage.
    """
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    folder = pathlib.Path(sys.argv[1])
    try:
        sessions = read_csv(folder / "sessions.csv")
        # tshark works; threads wait for it.
        with ThreadPool(os.cpu_count()) as pool:
            found = pool.imap(functools.partial(_problems, folder), sessions)
            problems = [
                line
                for lines in tqdm.tqdm(
                    found, total=len(sessions), unit=" captures", disable=None
                )
                for line in lines
            ]
    except (LabError, OSError) as error:
        print(f"lab.check: error: {error}", file=sys.stderr)
        return 1
    for line in problems:
        print(line)
    bad = len({line.split(":")[0] for line in problems})
    print(f"{len(sessions)} captures, {bad} of them not as expected")
    return 1 if problems else 0


def _problems(folder, session):
    """Says what is not as expected of a capture, a line for each."""
    name = session["capture"]
    capture = find_capture(folder, name)
    rules = decoded_as(session)
    lacks = [
        f"{name}: no packet matches {expected}"
        for expected in expected_protocols(session)
        if not matches(capture, expected, rules)
    ]
    return lacks + [
        f"{name}: a packet matches {strange}"
        for strange in strange_protocols(session)
        if matches(capture, strange, rules)
    ]


def expected_protocols(session):
    """Gives the tshark display filters that a capture must match.

    Args:
        session: dict. A row of `sessions.csv`.

    Returns:
        tuple of str. In a tunnel only the tunnel can be named.
    """
    tunnel = find_tunnel(session["tunnel"])
    if tunnel:
        return (tunnel.protocol,)
    return tuple(
        protocol.format(port=port)
        for scenario, port in _played(session)
        for protocol in scenario.protocols
    )


def strange_protocols(session):
    """Gives the tshark display filters that a capture must not match.

    Args:
        session: dict. A row of `sessions.csv`.

    Returns:
        tuple of str. With a tunnel nothing may go past it.
    """
    tunnel = find_tunnel(session["tunnel"])
    if not tunnel:
        return ()
    port = tunnel_port(session)
    ways = (f"{way}.port == {port}" for way in tunnel.dissectors)
    return (f"(ip or ipv6) and not ({' or '.join((*ways, *_NEVER_STRANGE))})",)


def decoded_as(session):
    """Gives what tshark is told of the port of a session.

    Args:
        session: dict. A row of `sessions.csv`.

    Returns:
        list of str, rules as for `tshark -d`.
    """
    tunnel = find_tunnel(session["tunnel"])
    if tunnel:
        ports = [(tunnel_port(session), tunnel.dissectors)]
    else:
        ports = [
            (port, dict.fromkeys(scenario.transports, scenario.dissector))
            for scenario, port in _played(session)
        ]
    return [
        f"{transport}.port=={port},{dissector}"
        for port, dissectors in ports
        for transport, dissector in dissectors.items()
    ]


def session_port(session):
    """Gives the port of a session; by custom in a set that does not tell."""
    return int(session.get("port") or find_scenario(session["scenario"]).port)


def tunnel_port(session):
    """Gives the port of the tunnel; by custom in a set that does not tell."""
    return int(
        session.get("tunnel_port") or find_tunnel(session["tunnel"]).port
    )


def _played(session):
    """Pairs of a scenario and its port: one, or another beside it."""
    yield find_scenario(session["scenario"]), session_port(session)
    if session.get("beside"):
        yield find_scenario(session["beside"]), int(session["beside_port"])


def matches(capture, display_filter, rules=()):
    """Tells whether a packet of a capture matches a display filter.

    Args:
        capture: `pathlib.Path`.
        display_filter: str. As for `tshark -Y`.
        rules: iterable of str. As for `tshark -d`.

    Returns:
        bool.

    Raises:
        LabError: if tshark is missing or fails.
    """
    command = ["tshark", "-n", "-r", capture, "-Y", display_filter]
    # A first fragment has its ports, whether the others came or not.
    command += ["-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE"]
    command += [part for rule in rules for part in ("-d", rule)]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        raise LabError("tshark is missing") from None
    if done.returncode:
        raise LabError(f"tshark, {capture.name}: {done.stderr.strip()}")
    return bool(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
