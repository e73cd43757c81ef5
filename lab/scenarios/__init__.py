"""The scenarios: what a client does with a server, and its labels."""

import dataclasses
from collections.abc import Callable

from lab.scenarios import chat
from lab.scenarios import email
from lab.scenarios import file_transfer
from lab.scenarios import streaming
from lab.scenarios import tor
from lab.scenarios import torrent
from lab.scenarios import voip


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One application.

    Args:
        name: str. As in `make lab SCENARIO=NAME`, and in names of captures.
        application: str. Label.
        traffic_type: str. Label outside a VPN; empty for none.
        play: function of a `lab.session.Session`.
        protocols: tuple of str. tshark display filters, each of which packets
            of every capture outside a tunnel match.
    """

    name: str
    application: str
    traffic_type: str
    play: Callable
    protocols: tuple[str, ...]


SCENARIOS = (
    Scenario("scp", "SCP", "File Transfer", file_transfer.play_scp, ("ssh",)),
    Scenario(
        "sftp", "SFTP", "File Transfer", file_transfer.play_sftp, ("ssh",)
    ),
    Scenario(
        "ftps",
        "FTPS",
        "File Transfer",
        file_transfer.play_ftps,
        ('ftp.request.command == "AUTH"', "tls"),
    ),
    Scenario(
        "smtp",
        "SMTP",
        "Email",
        email.play_smtp,
        ('smtp.command_line == "STARTTLS\\r\\n"', "tls.app_data"),
    ),
    Scenario(
        "imap",
        "IMAP",
        "Email",
        email.play_imap,
        ('tls.handshake.extensions_server_name == "imap.lab.test"',),
    ),
    Scenario(
        "xmpp",
        "XMPP",
        "Chat",
        chat.play_xmpp,
        ("xmpp.starttls", "tls.app_data"),
    ),
    Scenario(
        "irc",
        "IRC",
        "Chat",
        chat.play_irc,
        ('tls.handshake.extensions_server_name == "irc.lab.test"',),
    ),
    Scenario(
        "hls",
        "HLS",
        "Streaming",
        streaming.play_hls,
        ('tls.handshake.extensions_server_name == "video.lab.test"',),
    ),
    Scenario(
        "icecast",
        "Icecast",
        "Streaming",
        streaming.play_icecast,
        ('tls.handshake.extensions_server_name == "radio.lab.test"',),
    ),
    Scenario(
        "torrent",
        "BitTorrent",
        "Torrent",
        torrent.play_torrent,
        ('http.request.uri contains "info_hash"',),
    ),
    Scenario("sip", "SIP", "VoIP", voip.play_sip, ("sip", "rtp")),
    Scenario(
        "mumble",
        "Mumble",
        "VoIP",
        voip.play_mumble,
        ("tls and tcp.port == 64738",),
    ),
    Scenario("tor", "Tor", "", tor.play_tor, ("tls and tcp.port == 9001",)),
)
