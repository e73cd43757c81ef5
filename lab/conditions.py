"""What the path between client and server is like."""

import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class Conditions:
    """Rate, delay, jitter and loss of a path, the same in both directions.

    Args:
        rate: float. Megabits per second of the narrowest link.
        delay: float. Milliseconds one way.
        jitter: float. The most milliseconds that a frame is late; frames
            stay in order.
        loss: float. The part of the frames that is lost.
    """

    rate: float
    delay: float
    jitter: float
    loss: float


def draw_conditions(rng):
    """Draws the conditions of a session.

    From a fibre line to a mobile one: rate and delay even on a logarithmic
    scale, since networks differ by factors; half of the paths lose nothing.

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
    )


def _log_uniform(rng, low, high):
    return math.exp(rng.uniform(math.log(low), math.log(high)))
