"""What the path between client and server, and the two hosts, are like."""

import dataclasses
import math

from lab.habits import Habits
from lab.habits import draw_habits

_IPV6_SHARE = 1 / 3
# Of paths through PPPoE and tunnels of many kinds.
_NARROW_MTUS = (1280, 1358, 1400, 1420, 1440, 1454, 1472, 1480, 1492)


@dataclasses.dataclass(frozen=True)
class Conditions:
    """A path, the same in both directions, and the habits of its hosts.

    Args:
        rate: float. Megabits per second of the narrowest link.
        delay: float. Milliseconds one way.
        jitter: float. The most milliseconds that a frame is late; frames
            stay in order.
        loss: float. The part of the frames that is lost.
        reordering: float. The part of the frames that others overtake.
        routers: int. Routers on the way, each of which takes one from the
            time to live.
        mtu: int. Bytes of the longest packet that gets through.
        ipv6: bool. Whether the path is one of IPv6.
        client: `Habits` of the client's host.
        server: `Habits` of the server's host.
    """

    rate: float
    delay: float
    jitter: float
    loss: float
    reordering: float
    routers: int
    mtu: int
    ipv6: bool
    client: Habits
    server: Habits


def draw_conditions(rng):
    """Draws the conditions of a session.

    From a fibre line to a mobile one: rate and delay even on a logarithmic
    scale, since networks differ by factors; half of the paths lose nothing,
    and two in three keep the order of frames.

    Args:
        rng: `random.Random`.

    Returns:
        `Conditions`.
    """
    delay = _log_uniform(rng, 2, 60)
    return Conditions(
        rate=round(_log_uniform(rng, 3, 100), 2),
        delay=round(delay, 2),
        jitter=round(rng.uniform(0, 0.3) * delay, 2),
        loss=rng.choice((0.0, 0.0, 0.001, 0.005)),
        reordering=rng.choice((0.0, 0.0, 0.0, 0.0, 0.002, 0.01)),
        routers=rng.randint(1, 20),
        mtu=rng.choice((1500, 1500, rng.choice(_NARROW_MTUS))),
        ipv6=rng.random() < _IPV6_SHARE,
        client=draw_habits(rng),
        server=draw_habits(rng),
    )


def read_conditions(values):
    """Makes the conditions of what `dataclasses.asdict` has made of them.

    Args:
        values: dict.

    Returns:
        `Conditions`.
    """
    habits = {end: Habits(**values[end]) for end in ("client", "server")}
    return Conditions(**{**values, **habits})


def conditions_row(conditions):
    """Gives the columns of `sessions.csv` that tell conditions.

    Args:
        conditions: `Conditions`.

    Returns:
        dict. Those of the hosts begin with `client_` or `server_`.
    """
    row = dataclasses.asdict(conditions)
    for end in ("client", "server"):
        habits = row.pop(end)
        row |= {f"{end}_{name}": value for name, value in habits.items()}
    return row


def _log_uniform(rng, low, high):
    return math.exp(rng.uniform(math.log(low), math.log(high)))
