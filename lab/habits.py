"""How a host sends: what systems and their owners settle differently."""

import dataclasses

_KIB = 1024


@dataclasses.dataclass(frozen=True)
class Habits:
    """Settings of a host that show in the packets it sends.

    Args:
        ttl: int. Time to live, or hop limit, that its packets start with.
        receive_buffer: int. Bytes for what a connection receives at first;
            half of it is the window that it offers.
        send_buffer: int. Bytes for what a connection sends at first.
        largest_buffer: int. Bytes that both may grow to; the factor of the
            window follows from it.
        window_scaling: bool. Whether the window has a factor.
        timestamps: bool. Whether segments carry times.
        sack: bool. Whether gaps are told of.
        ecn: int. Explicit congestion notification: 0 never, 1 asked for,
            2 if the other side asks.
        initial_window: int. Segments sent before the first is acknowledged.
        reno: bool. Whether Reno controls congestion, or what the machine
            has by default.
    """

    ttl: int
    receive_buffer: int
    send_buffer: int
    largest_buffer: int
    window_scaling: bool
    timestamps: bool
    sack: bool
    ecn: int
    initial_window: int
    reno: bool


def draw_habits(rng):
    """Draws the habits of a host, each by itself.

    Args:
        rng: `random.Random`.

    Returns:
        `Habits`.
    """
    return Habits(
        ttl=rng.choice((64, 128, 255)),
        receive_buffer=rng.choice((32, 64, 128, 256)) * _KIB,
        send_buffer=rng.choice((16, 64, 256)) * _KIB,
        largest_buffer=rng.choice((1024, 8192, 16_384, 32_768)) * _KIB,
        window_scaling=rng.random() < 0.9,
        timestamps=rng.random() < 0.5,
        sack=rng.random() < 0.9,
        ecn=rng.choice((0, 1, 2)),
        initial_window=rng.choice((3, 4, 10, 10, 10, 16, 32)),
        reno=rng.random() < 0.3,
    )


def kernel_settings(habits, device):
    """Gives the settings of a namespace for the habits of its host.

    The initial window is none of them: it belongs to a route.

    Args:
        habits: `Habits`.
        device: str. The one that packets leave by.

    Returns:
        list of str, as for `sysctl -w`.
    """
    largest = habits.largest_buffer
    ipv4 = {
        "ip_default_ttl": habits.ttl,
        "tcp_rmem": f"4096 {habits.receive_buffer} {largest}",
        "tcp_wmem": f"4096 {habits.send_buffer} {largest}",
        "tcp_window_scaling": int(habits.window_scaling),
        "tcp_timestamps": int(habits.timestamps),
        "tcp_sack": int(habits.sack),
        "tcp_ecn": habits.ecn,
    }
    if habits.reno:
        ipv4["tcp_congestion_control"] = "reno"
    return [
        *(f"net.ipv4.{name}={value}" for name, value in ipv4.items()),
        f"net.ipv6.conf.{device}.hop_limit={habits.ttl}",
    ]
