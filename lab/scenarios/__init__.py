"""The scenarios: what a client does with a server, and its labels."""

import dataclasses
import enum
import math
from collections.abc import Callable

from lab.scenarios import chat
from lab.scenarios import databases
from lab.scenarios import dns
from lab.scenarios import email
from lab.scenarios import file_transfer
from lab.scenarios import mqtt
from lab.scenarios import remote_desktop
from lab.scenarios import streaming
from lab.scenarios import syslog
from lab.scenarios import tor
from lab.scenarios import torrent
from lab.scenarios import voip
from lab.scenarios import web


class Role(enum.Enum):
    """What a model of the set is to make of a scenario.

    Learn it as a class of its own, or with others as none of the classes; or
    never see it, so that it can be asked about something unknown.
    """

    CLASS = enum.auto()
    OTHER = enum.auto()
    UNSEEN = enum.auto()


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One application.

    Args:
        name: str. As in `make lab SCENARIO=NAME`, and in names of captures.
        application: str. Label.
        traffic_type: str. Label outside a VPN; empty for none.
        play: function of a `lab.session.Session`.
        programs: tuple of tuples of str `(server, client)`. The programs that
            play it, by turns.
        port: int. Where the server listens by custom.
        dissector: str. What tshark calls the protocol at the port.
        protocols: tuple of str. tshark display filters, each of which packets
            of every capture outside a tunnel match; `{port}` stands for the
            port of the session.
        transports: tuple of str. Of the port, `tcp` and `udp`.
        ipv6: bool. Whether all of its programs, as they are set up, speak
            IPv6.
        role: `Role`.
        mix: tuple of two str. The names of two scenarios that are played at
            once, the second beside the first, on the same path; empty if it
            is played alone.
    """

    name: str
    application: str
    traffic_type: str
    play: Callable
    programs: tuple[tuple[str, str], ...]
    port: int
    dissector: str
    protocols: tuple[str, ...]
    transports: tuple[str, ...] = ("tcp",)
    ipv6: bool = True
    role: Role = Role.CLASS
    mix: tuple[str, ...] = ()


def _server_name(name):
    """What a client of TLS asks for."""
    return (f'tls.handshake.extensions_server_name == "{name}.lab.test"',)


def _each_with_each(servers, clients):
    """All pairs of programs, ordered so that each program soon has a turn."""
    both = math.lcm(len(servers), len(clients))
    return tuple(
        (
            servers[turn % len(servers)],
            clients[(turn + turn // both) % len(clients)],
        )
        for turn in range(len(servers) * len(clients))
    )


def _beside(first, second):
    """A scenario beside which another is played."""
    return dataclasses.replace(
        first,
        name=f"{first.name}_beside_{second.name}",
        ipv6=first.ipv6 and second.ipv6,
        mix=(first.name, second.name),
    )


_ALONE = (
    Scenario(
        *("scp", "SCP", "File Transfer", file_transfer.play_scp),
        programs=(
            ("openssh", "openssh"),
            ("dropbear", "putty"),
            ("asyncssh", "curl"),
            ("openssh", "asyncssh"),
            ("dropbear", "openssh"),
            ("asyncssh", "putty"),
            ("openssh", "curl"),
            ("dropbear", "asyncssh"),
        ),
        port=22,
        dissector="ssh",
        protocols=("ssh",),
    ),
    Scenario(
        *("sftp", "SFTP", "File Transfer", file_transfer.play_sftp),
        programs=(
            ("openssh", "openssh"),
            ("dropbear", "putty"),
            ("asyncssh", "lftp"),
            ("openssh", "curl"),
            ("dropbear", "asyncssh"),
            ("asyncssh", "paramiko"),
            ("openssh", "putty"),
            ("dropbear", "openssh"),
            ("asyncssh", "curl"),
            ("openssh", "paramiko"),
        ),
        port=22,
        dissector="ssh",
        protocols=("ssh",),
    ),
    Scenario(
        *("ftps", "FTPS", "File Transfer", file_transfer.play_ftps),
        programs=(
            ("vsftpd", "lftp"),
            ("pyftpdlib", "ftplib"),
            ("vsftpd", "curl"),
            ("pyftpdlib", "lftp"),
            ("vsftpd", "ftplib"),
        ),
        port=21,
        dissector="ftp",
        protocols=('ftp.request.command == "AUTH"', "tls"),
    ),
    Scenario(
        *("smtp", "SMTP", "Email", email.play_smtp),
        programs=(
            ("postfix", "msmtp"),
            ("aiosmtpd", "swaks"),
            ("chasquid", "curl"),
            ("postfix", "smtplib"),
            ("aiosmtpd", "msmtp"),
            ("chasquid", "swaks"),
            ("postfix", "curl"),
            ("chasquid", "smtplib"),
        ),
        port=587,
        dissector="smtp",
        protocols=(
            'smtp.command_line == "STARTTLS\\r\\n"',
            "tls.app_data",
        ),
    ),
    Scenario(
        *("imap", "IMAP", "Email", email.play_imap),
        programs=(
            ("dovecot", "imaplib"),
            ("pymap", "mbsync"),
            ("dovecot", "fetchmail"),
            ("pymap", "curl"),
            ("dovecot", "mbsync"),
            ("pymap", "imaplib"),
            ("dovecot", "curl"),
            ("pymap", "fetchmail"),
        ),
        port=993,
        dissector="tls",
        protocols=_server_name("imap"),
    ),
    Scenario(
        *("xmpp", "XMPP", "Chat", chat.play_xmpp),
        programs=(
            ("prosody", "slixmpp"),
            ("ejabberd", "mcabber"),
            ("prosody", "go-sendxmpp"),
            ("ejabberd", "slixmpp"),
            ("prosody", "mcabber"),
            ("ejabberd", "go-sendxmpp"),
        ),
        port=5222,
        dissector="xmpp",
        protocols=("xmpp.starttls", "tls.app_data"),
    ),
    Scenario(
        *("irc", "IRC", "Chat", chat.play_irc),
        programs=(
            ("ngircd", "weechat"),
            ("inspircd", "irssi"),
            ("ngircd", "irssi"),
            ("inspircd", "weechat"),
        ),
        port=6697,
        dissector="tls",
        protocols=_server_name("irc"),
    ),
    Scenario(
        *("hls", "HLS", "Streaming", streaming.play_hls),
        programs=_each_with_each(
            ("nginx", "apache", "caddy", "lighttpd"),
            ("ffmpeg", "mpv", "vlc", "gstreamer"),
        ),
        port=443,
        dissector="tls",
        protocols=_server_name("video"),
    ),
    Scenario(
        *("icecast", "Icecast", "Streaming", streaming.play_icecast),
        programs=_each_with_each(
            ("icecast",), ("ffmpeg", "mpv", "vlc", "gstreamer", "curl")
        ),
        port=8443,
        dissector="tls",
        protocols=_server_name("radio"),
    ),
    Scenario(
        *("torrent", "BitTorrent", "Torrent", torrent.play_torrent),
        programs=_each_with_each(
            # qBittorrent binds itself to a device, and so needs the wire's.
            ("transmission", "aria2", "rtorrent"),
            ("aria2", "transmission", "rtorrent", "qbittorrent"),
        ),
        port=6969,
        dissector="http",
        protocols=('http.request.uri contains "info_hash"',),
        ipv6=False,  # Debian builds the tracker without
    ),
    Scenario(
        *("sip", "SIP", "VoIP", voip.play_sip),
        programs=(("baresip", "baresip"),),
        port=5060,
        dissector="sip",
        protocols=("sip", "rtp"),
        transports=("tcp", "udp"),
    ),
    Scenario(
        *("mumble", "Mumble", "VoIP", voip.play_mumble),
        programs=(("murmur", "own"),),
        port=64738,
        dissector="tls",
        protocols=("tls and tcp.port == {port}",),
    ),
    Scenario(
        *("tor", "Tor", "", tor.play_tor),
        programs=(("tor", "tor"),),
        port=9001,
        dissector="tls",
        protocols=("tls and tcp.port == {port}",),
        ipv6=False,  # relays need an address of IPv4
    ),
    Scenario(
        *("web", "Web", "", web.play_web),
        programs=_each_with_each(
            ("nginx", "apache", "caddy", "lighttpd"),
            ("curl", "wget", "requests"),
        ),
        port=443,
        dissector="tls",
        protocols=_server_name("www"),
        role=Role.OTHER,
    ),
    Scenario(
        *("mqtt", "MQTT", "", mqtt.play_mqtt),
        programs=(("mosquitto", "mosquitto"), ("mosquitto", "paho")),
        port=8883,
        dissector="tls",
        protocols=_server_name("mqtt"),
        role=Role.UNSEEN,
    ),
    Scenario(
        *("dot", "DoT", "", dns.play_dot),
        programs=_each_with_each(
            ("unbound", "dnsdist"), ("kdig", "stubby", "unbound")
        ),
        port=853,
        dissector="tls",
        protocols=("tls and tcp.port == {port}",),
        role=Role.OTHER,
    ),
    Scenario(
        *("doh", "DoH", "", dns.play_doh),
        programs=_each_with_each(("unbound", "dnsdist"), ("kdig", "curl")),
        port=443,
        dissector="tls",
        protocols=("tls and tcp.port == {port}",),
        role=Role.OTHER,
    ),
    Scenario(
        *("http3", "HTTP/3", "", web.play_http3),
        programs=_each_with_each(("caddy", "aioquic"), ("aioquic", "chromium")),
        port=443,
        dissector="quic",
        protocols=("quic and udp.port == {port}",),
        transports=("udp",),
        role=Role.UNSEEN,
    ),
    Scenario(
        *("browse", "Web", "", web.play_browse),
        programs=_each_with_each(
            ("nginx", "apache", "caddy", "lighttpd"), ("chromium",)
        ),
        port=443,
        dissector="tls",
        protocols=_server_name("www"),
        role=Role.OTHER,
    ),
    Scenario(
        *("syslog", "Syslog", "", syslog.play_syslog),
        programs=_each_with_each(
            ("rsyslog_gnutls", "rsyslog_openssl"),
            ("rsyslog_openssl", "rsyslog_gnutls"),
        ),
        port=6514,
        dissector="tls",
        protocols=("tls.app_data and tcp.port == {port}",),
        role=Role.OTHER,
    ),
    Scenario(
        *("redis", "Redis", "", databases.play_redis),
        programs=_each_with_each(("redis",), ("redis-cli", "redis-py")),
        port=6379,
        dissector="tls",
        protocols=("tls.app_data and tcp.port == {port}",),
        role=Role.OTHER,
    ),
    Scenario(
        *("postgres", "PostgreSQL", "", databases.play_postgres),
        programs=_each_with_each(("postgres",), ("psql", "asyncpg")),
        port=5432,
        dissector="pgsql",
        protocols=("pgsql and tcp.port == {port}",),
        role=Role.UNSEEN,
    ),
    Scenario(
        *("http", "HTTP", "", web.play_http),
        programs=_each_with_each(
            ("nginx", "caddy", "python"), ("curl", "wget", "requests")
        ),
        port=80,
        dissector="http",
        protocols=("http.response.code == 200",),
        role=Role.OTHER,
    ),
    Scenario(
        *("vnc", "VNC", "", remote_desktop.play_vnc),
        programs=_each_with_each(
            ("tigervnc", "x11vnc"), ("tigervnc", "asyncvnc")
        ),
        port=5900,
        dissector="vnc",
        protocols=("vnc and tcp.port == {port}",),
        role=Role.UNSEEN,
    ),
    Scenario(
        *("rdp", "RDP", "", remote_desktop.play_rdp),
        programs=_each_with_each(("xrdp",), ("freerdp", "rdesktop")),
        port=3389,
        dissector="tpkt",
        protocols=("rdp and tcp.port == {port}",),
        role=Role.OTHER,
    ),
)
# The second has one port, by which its flows are labelled; all others are of
# the first.
_MIXES = (
    ("sftp", "web"),
    ("imap", "web"),
    ("xmpp", "web"),
    ("icecast", "web"),
    ("mumble", "web"),
    ("irc", "sftp"),
)
_BY_NAME = {scenario.name: scenario for scenario in _ALONE}
SCENARIOS = (
    *_ALONE,
    *(_beside(_BY_NAME[one], _BY_NAME[other]) for one, other in _MIXES),
)
