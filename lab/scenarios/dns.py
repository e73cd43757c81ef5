"""DNS over TLS and over HTTPS."""

from lab.scenarios.dns_clients import start_resolver
from lab.scenarios.dns_servers import start_dns_server

_TYPES = ("A", "AAAA", "TXT")
_ZONE = "lab.example"


def play_dot(session):
    """Looks names up over TLS, a few at a time as for a web page."""
    _look_up(session, "dot")


def play_doh(session):
    """Looks them up over HTTPS."""
    _look_up(session, "doh")


def _look_up(session, way):
    rng = session.rng
    records = [_make_record(rng, number) for number in range(30)]
    start_dns_server(session, way, _ZONE, records)
    with session.capture():
        ask = start_resolver(session, way, session.name(way))
        for _ in range(rng.randint(3, 7)):
            asked = rng.sample(records, rng.randint(1, 6))
            said = ask([(name, kind) for name, kind, _ in asked])
            for name, kind, answer in asked:
                session.check(answer in said, f"{kind} of {name} is told")
            session.pause(0.2, 1.2)


def _make_record(rng, number):
    """Makes a name, the type of a record and its value."""
    kind = rng.choice(_TYPES)
    size = rng.choice((30, 100, 200))
    value = {
        "A": "198.51.100." + str(number + 1),
        "AAAA": f"2001:db8::{rng.randrange(1, 2**16):x}:{number + 1:x}",
        "TXT": rng.randbytes(size // 2).hex(),
    }[kind]
    return f"{rng.randbytes(rng.randint(2, 12)).hex()}.{_ZONE}", kind, value
