"""Tor: downloads through a private network of one authority and relays."""

import re
import sys

from lab.scenarios.contents import log_uniform
from lab.scenarios.contents import some_bytes

_RELAYS = 4  # besides the authority
_WEB_PORT = 60_080
_DIRECTORY_PORT, _SOCKS_PORT = 60_030, 60_050


def play_tor(session):
    """Joins the network and downloads files through it."""
    rng = session.rng
    authority = _make_authority(session)
    _start_relays(session, authority)
    _start_web(session)
    settings = _write_settings(
        session, "client", authority, f"SocksPort 127.0.0.1:{_SOCKS_PORT}"
    )
    with session.capture():
        session.client.start(*("tor", "-f", settings), says="Bootstrapped 100%")
        for turn in range(rng.randint(1, 4)):
            content = some_bytes(rng, round(log_uniform(rng, 3e3, 40e3)))
            session.write(f"www/page{turn}", content)
            got = session.folder / f"got{turn}"
            session.client.run(
                *("curl", "-sS", "--fail", "--retry", 3, "--retry-all-errors"),
                *("-o", got, "--socks5-hostname"),
                f"127.0.0.1:{_SOCKS_PORT}",
                f"http://{session.addresses['addresses'][-1]}:{_WEB_PORT}/page{turn}",
            )
            session.check(got.read_bytes() == content, "the page is whole")
            session.pause(0.3, 1.5)


def _make_authority(session):
    """Makes the keys of the directory authority; gives the line for it."""
    address = session.addresses["addresses"][0]
    folder = session.folder / "tor-authority"
    keys = folder / "keys"
    keys.mkdir(parents=True)
    folder.chmod(0o700)
    password = f"{session.rng.getrandbits(80):x}\n"
    session.server.run(
        *("tor-gencert", "--create-identity-key", "--passphrase-fd", 0),
        *("-m", 12, "-a", f"{address}:{_DIRECTORY_PORT}"),
        *("-i", keys / "authority_identity_key"),
        *("-s", keys / "authority_signing_key"),
        *("-c", keys / "authority_certificate"),
        input=password,
    )
    said = session.server.run(
        *("tor", "--list-fingerprint", "-f", session.write("torrc", "")),
        *("--DataDirectory", folder, "--ORPort", session.port),
        *("--Nickname", "authority"),
    )
    fingerprint = "".join(re.search("authority ([0-9A-F ]+)", said)[1].split())
    certificate = (keys / "authority_certificate").read_text()
    identity = re.search(r"^fingerprint (\w+)", certificate, re.MULTILINE)[1]
    return (
        f"DirAuthority authority orport={session.port} v3ident={identity} "
        f"{address}:{_DIRECTORY_PORT} {fingerprint}"
    )


def _start_relays(session, authority):
    """Starts all that clients find, and waits until they can find it."""
    addresses = session.addresses["addresses"]
    exits = (
        "ExitRelay 1",
        "ExitPolicyRejectPrivate 0",
        "ExitPolicy accept *:*",
    )
    names = ("authority", *(f"relay{n}" for n in range(1, 1 + _RELAYS)))
    for name, address in zip(names, addresses, strict=False):
        lines = [
            f"Address {address}",
            f"ORPort {address}:{session.port} IPv4Only",
            f"OutboundBindAddress {address}",
            "AssumeReachable 1",
            "SocksPort 0",
            *exits,
        ]
        if name == "authority":
            lines += _authority_lines(address)
        session.server.start(
            "tor", "-f", _write_settings(session, name, authority, *lines)
        )
    folders = [session.folder / f"tor-{name}" for name in names]

    def all_known():
        return all(_known_exits(folder) > _RELAYS for folder in folders)

    session.wait_for(all_known, "the relays know each other", seconds=120)


def _known_exits(folder):
    consensus = folder / "cached-microdesc-consensus"
    if not consensus.exists():
        return 0
    return len(re.findall("^s .*Exit", consensus.read_text(), re.MULTILINE))


def _authority_lines(address):
    return (
        f"DirPort {address}:{_DIRECTORY_PORT}",
        "AuthoritativeDirectory 1",
        "V3AuthoritativeDirectory 1",
        "ContactInfo nobody",
        # The shortest that Tor allows.
        "V3AuthVotingInterval 20",
        "V3AuthVoteDelay 4",
        "V3AuthDistDelay 4",
        "TestingV3AuthInitialVotingInterval 5",
        "TestingV3AuthInitialVoteDelay 2",
        "TestingV3AuthInitialDistDelay 2",
        # So few relays would otherwise not get these flags.
        "TestingDirAuthVoteExit *",
        "TestingDirAuthVoteGuard *",
        "TestingMinExitFlagThreshold 0",
    )


def _write_settings(session, name, authority, *lines):
    common = (
        f"Nickname {name}",
        f"DataDirectory {session.folder}/tor-{name}",
        "TestingTorNetwork 1",
        authority,
        "Log notice stdout",
    )
    return session.write(f"{name}.torrc", "\n".join((*common, *lines)) + "\n")


def _start_web(session):
    root = session.write("www/index.html", "").parent
    session.server.start(
        *(sys.executable, "-m", "http.server", _WEB_PORT),
        *("--bind", session.addresses["addresses"][-1], "--directory", root),
        ready=session.server.listens(_WEB_PORT),
    )
