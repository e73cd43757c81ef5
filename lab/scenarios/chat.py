"""Chat: XMPP with STARTTLS, and IRC over TLS."""

import json
import time

from lab.scenarios.contents import some_text

_DOMAIN = "lab.test"
_CHANNEL = "#lab"
# ngIRCd insists on one without TLS, which nobody uses.
_PLAIN_PORT = 60_667


def play_xmpp(session):
    """Two people write to each other; one sits at the client."""
    rng = session.rng
    password = f"{rng.getrandbits(80):x}"
    session.server.start(
        *("prosody", "-F", "--config", _prosody_file(session, password)),
        ready=session.server.listens(session.port),
    )
    seconds = rng.uniform(5, 9)
    boris = {
        **_talk(rng, seconds - 1),
        **{"to": f"anna@{_DOMAIN}", "begins": False, "last": 60},
    }
    anna = {
        **_talk(rng, seconds),
        **{"to": f"boris@{_DOMAIN}", "begins": True, "last": 1.5},
    }
    session.server.start(
        *_xmpp_client(session, "boris", password, boris), says="online"
    )
    with session.capture():
        said = session.client.run(
            *_xmpp_client(session, "anna", password, anna)
        )
    received = f"received {len(boris['texts'])}"
    session.check(received in said, f"the client has {received}")


def play_irc(session):
    """Two people, one at the client, write into a channel."""
    rng = session.rng
    session.empty_folder("/run/ircd").chmod(0o777)
    session.server.start(
        *("ngircd", "-n", "-f", _ngircd_file(session)),
        ready=session.server.listens(session.port),
    )
    host = session.name("irc")
    boris = _start_weechat(session, session.server, host, "boris")
    with session.capture():
        anna = _start_weechat(session, session.client, host, "anna")
        end = time.monotonic() + rng.uniform(5, 9)
        while time.monotonic() < end:
            writer = anna if rng.random() < 0.5 else boris
            writer(f"irc.lab.{_CHANNEL} *{some_text(rng, 1, 25)}")
            session.pause(0.02, 0.15)
        last = f"bye {rng.getrandbits(32)}"
        boris(f"irc.lab.{_CHANNEL} *{last}")
        session.pause(0.5, 1)
        anna("core.weechat */quit see you")
    log = session.folder / "anna/logs" / f"irc.lab.{_CHANNEL}.weechatlog"
    session.check(last in log.read_text(), "the other side's last words come")


def _talk(rng, seconds):
    """What a person writes in so many seconds: texts, and pauses between."""
    pauses = []
    while sum(pauses) < seconds:
        pauses.append(round(rng.uniform(0.05, 0.6), 2))
    return {"texts": [some_text(rng, 1, 30) for _ in pauses], "pauses": pauses}


def _xmpp_client(session, user, password, steps):
    return (
        # Debian's Python has slixmpp.
        *("/usr/bin/python3", "-m", "lab.clients.chat_xmpp"),
        *(session.name("chat"), session.port, f"{user}@{_DOMAIN}", password),
        *(
            session.certificate[0],
            session.write(f"{user}.json", json.dumps(steps)),
        ),
    )


def _prosody_file(session, password):
    certificate, key = session.certificate
    for user in ("anna", "boris"):
        session.write(
            f"prosody/lab%2etest/accounts/{user}.dat",
            f'return {{ ["password"] = "{password}" }};\n',
        )
    return session.write(
        "prosody.cfg.lua",
        f"""
        run_as_root = true
        pidfile = "{session.folder}/prosody.pid"
        data_path = "{session.folder}/prosody"
        log = {{ {{ levels = {{ min = "warn" }}, to = "console" }} }}
        modules_enabled = {{
            "roster", "saslauth", "tls", "disco", "carbons", "ping", "time",
            "version",
        }}
        modules_disabled = {{ "s2s" }}
        authentication = "internal_plain"
        c2s_require_encryption = true
        c2s_ports = {{ {session.port} }}
        ssl = {{ certificate = "{certificate}", key = "{key}" }}
        VirtualHost "{_DOMAIN}"
        """,
    )


def _ngircd_file(session):
    certificate, key = session.certificate
    key.chmod(0o644)  # read after it has given up its rights
    return session.write(
        "ngircd.conf",
        f"""
        [Global]
        Name = irc.{_DOMAIN}
        Info = A server of the traffic lab
        AdminEMail = nobody@{_DOMAIN}
        Listen = 0.0.0.0
        Ports = {_PLAIN_PORT}
        [Limits]
        MaxConnectionsIP = 0
        MaxPenaltyTime = 0
        [Options]
        DNS = no
        Ident = no
        PAM = no
        [SSL]
        CertFile = {certificate}
        KeyFile = {key}
        Ports = {session.port}
        """,
    )


def _start_weechat(session, host, server, nick):
    """Starts a client that joins the channel; gives a function to drive it."""
    folder = session.folder / nick
    commands = (
        "/set irc.server_default.ssl_verify off",
        "/set irc.server_default.anti_flood_prio_high 0",
        "/set fifo.file.enabled on",
        f"/server add lab {server}/{session.port} -ssl -nicks={nick} "
        f"-autojoin={_CHANNEL}",
        "/connect lab",
    )
    runs = (part for command in commands for part in ("-r", command))
    process = host.start(
        *("weechat-headless", "-d", folder, *runs),
        ready=(folder / "logs" / f"irc.lab.{_CHANNEL}.weechatlog").exists,
    )
    pipe = folder / f"weechat_fifo_{process.pid}"

    def drive(line):
        with pipe.open("w") as file:
            file.write(line + "\n")

    return drive
