"""Captures of a few packets, for tests; and the dataset's dummy data.

    PYTHONPATH=. python tests/small_captures.py

writes `datasets/iscx_vpn_nonvpn/dummy_data` again.
"""

import pathlib

import numpy as np

from demo.packets import End
from demo.packets import udp_packets
from demo.synthetic_captures import write_capture

DUMMY_DATA = (
    pathlib.Path(__file__).resolve().parents[1]
    / "datasets/iscx_vpn_nonvpn/dummy_data"
)


# A label map for `write_small_dataset`: one label has no capture.
LABELS = """capture,application,traffic_type,group
call_*,Phone,VoIP,
vpn_call_*,Phone,VPN: VoIP,
mail_*,Post,Email,
tor,Tor,,
never,Ghost,Chat,
"""


def write_small_dataset(folder):
    """Writes nine captures of twelve packets; `unheard_of` has no label.

    Args:
        folder: `pathlib.Path`.
    """
    for name in ("call_1", "call_2", "call_3", "call_4", "mail_1", "mail_2"):
        write_small_capture(folder / f"{name}.pcap")
    write_small_capture(folder / "vpn_call_1.pcapng", raw_ip=True)
    write_small_capture(folder / "tor.pcap")
    write_small_capture(folder / "unheard_of.pcap")


def write_small_capture(path, *, flows=4, packets=3, raw_ip=False, seed=0):
    """Writes UDP flows of equal length, one after the other.

    Args:
        path: `pathlib.Path`. The payload also depends on the file's name.
        flows: int.
        packets: int. Packets of each flow.
        raw_ip: bool. Whether the capture has no link header.
        seed: int. Seed of the payload.
    """
    rng = np.random.default_rng([seed, *path.name.encode()])
    server = End(bytes([198, 51, 100, 1]), 5004, 60, 0, False)
    timed = []
    for flow in range(flows):
        client = End(bytes([192, 0, 2, 10]), 40_000 + flow, 64, 0, False)
        messages = [(turn % 2 == 0, rng.bytes(12)) for turn in range(packets)]
        for packet in udp_packets(rng, client, server, messages):
            timed.append((1_700_000_000 + len(timed) / 8, packet))
    write_capture(path, timed, raw_ip=raw_ip)


def write_dummy_data(folder):
    """Writes captures under names of the public dataset, and one without.

    Args:
        folder: `pathlib.Path`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_small_capture(folder / "AIMchat1.pcapng")
    write_small_capture(folder / "aimchat2.pcap")
    write_small_capture(folder / "aim_chat_3a.pcap")
    write_small_capture(folder / "vpn_bittorrent.pcap", flows=6, raw_ip=True)
    write_small_capture(folder / "torFacebook.pcap")
    write_small_capture(folder / "unheard_of.pcap", flows=1)


if __name__ == "__main__":
    write_dummy_data(DUMMY_DATA)
