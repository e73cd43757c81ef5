"""Clients of IRC over TLS, in one channel.

Each is a class of the session, the host, the server's name and the nick. To
make one is to join the channel.
"""

from lab.scenarios.terminal import start_in_terminal

_CHANNEL = "#lab"


class _WeeChat:
    """WeeChat, driven by its pipe.

    Attributes:
        log: `pathlib.Path`. What was said in the channel.
    """

    def __init__(self, session, host, server, nick):
        folder = session.folder / nick
        self.log = folder / "logs" / f"irc.lab.{_CHANNEL}.weechatlog"
        commands = (
            "/set irc.server_default.ssl_verify off",
            "/set irc.server_default.anti_flood_prio_high 0",
            "/set logger.file.flush_delay 0",
            "/set fifo.file.enabled on",
            f"/server add lab {server}/{session.port} -ssl -nicks={nick} "
            f"-autojoin={_CHANNEL}",
            "/connect lab",
        )
        runs = (part for command in commands for part in ("-r", command))
        process = host.start(
            *("weechat-headless", "-d", folder, *runs), ready=self.log.exists
        )
        self._pipe = folder / f"weechat_fifo_{process.pid}"

    def say(self, text):
        """Says something in the channel."""
        self._drive(f"irc.lab.{_CHANNEL} *{text}")

    def quit(self):
        """Leaves the server."""
        self._drive("core.weechat */quit see you")

    def _drive(self, line):
        with self._pipe.open("w") as file:
            file.write(line + "\n")


class _Irssi:
    """Irssi, driven by what is typed.

    Attributes:
        log: `pathlib.Path`. What was said in the channel.
    """

    def __init__(self, session, host, server, nick):
        self.log = session.folder / nick / f"{_CHANNEL}.log"
        settings = session.write(
            f"{nick}/config",
            f"""
            servers = ({{
                address = "{server}"; port = "{session.port}";
                chatnet = "lab"; autoconnect = "yes";
                use_tls = "yes"; tls_verify = "no";
            }});
            chatnets = {{ lab = {{ type = "IRC"; cmdmax = "1000"; }}; }};
            channels = ({{
                name = "{_CHANNEL}"; chatnet = "lab"; autojoin = "yes";
            }});
            settings = {{
                core = {{ nick = "{nick}"; }};
                "irc/core" = {{ cmd_queue_speed = "1msec"; }};
                "fe-text" = {{ paste_verify_line_count = "0"; }};
                "fe-common/core" = {{
                    autolog = "yes";
                    autolog_path = "{session.folder}/{nick}/$0.log";
                }};
            }};
            """,
        )
        self._terminal = start_in_terminal(
            host, "irssi", f"--home={settings.parent}", ready=self.log.exists
        )

    def say(self, text):
        """Says something in the channel."""
        self._terminal.type(f"/msg {_CHANNEL} {text}")

    def quit(self):
        """Leaves the server."""
        self._terminal.type("/quit see you")
        self._terminal.wait()


IRC_CLIENTS = {"weechat": _WeeChat, "irssi": _Irssi}
