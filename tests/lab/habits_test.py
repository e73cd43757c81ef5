import dataclasses
import random

from lab.habits import Habits
from lab.habits import draw_habits
from lab.habits import kernel_settings

_LINUX = Habits(
    ttl=64,
    receive_buffer=131072,
    send_buffer=16384,
    largest_buffer=4194304,
    window_scaling=True,
    timestamps=True,
    sack=False,
    ecn=2,
    initial_window=10,
    reno=False,
)


def test_settings_of_a_host():
    assert kernel_settings(_LINUX, "wire") == [
        "net.ipv4.ip_default_ttl=64",
        "net.ipv4.tcp_rmem=4096 131072 4194304",
        "net.ipv4.tcp_wmem=4096 16384 4194304",
        "net.ipv4.tcp_window_scaling=1",
        "net.ipv4.tcp_timestamps=1",
        "net.ipv4.tcp_sack=0",
        "net.ipv4.tcp_ecn=2",
        "net.ipv6.conf.wire.hop_limit=64",
    ]


def test_reno_is_set_and_else_the_machine_has_its_own():
    reno = dataclasses.replace(_LINUX, reno=True)
    more = set(kernel_settings(reno, "wire")) ^ set(
        kernel_settings(_LINUX, "wire")
    )
    assert more == {"net.ipv4.tcp_congestion_control=reno"}


def test_habits_vary_and_are_drawn_each_by_itself():
    rng = random.Random(0)
    drawn = [draw_habits(rng) for _ in range(1000)]
    for field in dataclasses.fields(Habits):
        assert len({getattr(habits, field.name) for habits in drawn}) > 1
    # No time to live goes with one size of the window.
    pairs = {(habits.ttl, habits.receive_buffer) for habits in drawn}
    assert len(pairs) == 3 * 4
    assert all(h.receive_buffer <= h.largest_buffer for h in drawn)
    assert all(h.send_buffer <= h.largest_buffer for h in drawn)
