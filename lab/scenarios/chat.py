"""Chat: XMPP with STARTTLS, and IRC over TLS."""

import time

from lab.scenarios.contents import some_text
from lab.scenarios.irc_clients import IRC_CLIENTS
from lab.scenarios.irc_servers import start_irc
from lab.scenarios.xmpp_clients import XMPP_CLIENTS
from lab.scenarios.xmpp_clients import slixmpp_command
from lab.scenarios.xmpp_servers import DOMAIN
from lab.scenarios.xmpp_servers import start_xmpp


def play_xmpp(session):
    """Two people write to each other; one sits at the client."""
    rng = session.rng
    password = f"{rng.getrandbits(80):x}"
    start_xmpp(session, password)
    host = session.name("chat")
    seconds = rng.uniform(5, 9)
    boris = {
        **_talk(rng, seconds - 1),
        **{"to": f"anna@{DOMAIN}", "begins": False, "last": 60},
    }
    anna = _talk(rng, seconds)
    session.server.start(
        *slixmpp_command(session, host, password, "boris", boris),
        says="online",
    )
    client = XMPP_CLIENTS[session.programs[1]]
    with session.capture():
        client(session, host, password, anna, len(boris["texts"]))


def play_irc(session):
    """Two people, one at the client, write into a channel."""
    rng = session.rng
    start_irc(session)
    host = session.name("irc")
    start = IRC_CLIENTS[session.programs[1]]
    boris = start(session, session.server, host, "boris")
    with session.capture():
        anna = start(session, session.client, host, "anna")
        end = time.monotonic() + rng.uniform(5, 9)
        while time.monotonic() < end:
            writer = anna if rng.random() < 0.5 else boris
            writer.say(some_text(rng, 1, 25))
            session.pause(0.02, 0.15)
        last = f"bye {rng.getrandbits(32)}"
        boris.say(last)
        session.wait_for(
            lambda: last in anna.log.read_text(),
            "the other side's last words come",
            seconds=20,
        )
        session.pause(0.5, 1)
        anna.quit()


def _talk(rng, seconds):
    """What a person writes in so many seconds: texts, and pauses between."""
    pauses = []
    while sum(pauses) < seconds:
        pauses.append(round(rng.uniform(0.05, 0.6), 2))
    return {"texts": [some_text(rng, 1, 30) for _ in pauses], "pauses": pauses}
