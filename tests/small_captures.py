"""Captures of a few packets, for tests; and the dataset's dummy data.

    python tests/small_captures.py

writes `datasets/iscx_vpn_nonvpn/dummy_data` again.
"""

import pathlib

import numpy as np
from scapy.layers.inet import IP
from scapy.layers.inet import UDP
from scapy.layers.l2 import Ether
from scapy.utils import RawPcapNgWriter
from scapy.utils import RawPcapWriter

DUMMY_DATA = (
    pathlib.Path(__file__).resolve().parents[1]
    / "datasets/iscx_vpn_nonvpn/dummy_data"
)

_ETHERNET, _RAW_IP = 1, 101
_MAC = "02:00:00:00:00:01"

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
    server = ("198.51.100.1", 5004)
    with _open_capture(path, raw_ip) as writer:
        for number in range(flows * packets):
            flow, turn = divmod(number, packets)
            client = ("192.0.2.10", 40_000 + flow)
            ends = (client, server) if turn % 2 == 0 else (server, client)
            packet = _udp_packet(*ends, rng.bytes(12))
            frame = packet if raw_ip else Ether(src=_MAC, dst=_MAC) / packet
            seconds = 1_700_000_000 + number / 8
            # pcap takes the fraction from `usec`, pcapng from `sec`.
            writer.write_packet(
                bytes(frame), sec=seconds, usec=int(seconds % 1 * 1_000_000)
            )


def _open_capture(path, raw_ip):
    ng = path.suffix == ".pcapng"
    writer = (RawPcapNgWriter if ng else RawPcapWriter)(str(path))
    writer.linktype = _RAW_IP if raw_ip else _ETHERNET
    writer.write_header(b"")
    return writer


def _udp_packet(source, target, payload):
    return (
        IP(src=source[0], dst=target[0], id=1, ttl=64)
        / UDP(sport=source[1], dport=target[1])
        / payload
    )


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
