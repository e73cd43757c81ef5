"""Synthetic captures: a dataset to try everything out, made by a script.

    python -m demo.synthetic_captures --output=DIR

Nobody ever ran the applications in it: figures measured on these captures say
that the pipeline works, and nothing about real traffic.
"""

import argparse
import csv
import dataclasses
import pathlib

import numpy as np
from scapy.utils import RawPcapNgWriter
from scapy.utils import RawPcapWriter

from demo import conversations
from demo.packets import End
from demo.packets import ethernet_frame
from demo.packets import tcp_packets
from demo.packets import udp_packets

_CAPTURES_PER_ACTIVITY = 3
_FLOWS_PER_CAPTURE = 8
_BEGIN = 1_700_000_000  # seconds since 1970
_ETHERNET, _RAW_IP = 1, 101
_DNS_PORT = 53


@dataclasses.dataclass(frozen=True)
class Activity:
    """What one application does in a capture.

    Args:
        application: str.
        traffic_type: str. Without the VPN.
        converse: function of `demo.conversations`.
        ports: tuple of int. Ports of the servers; random ones if empty.
        udp: bool. Whether it runs over UDP.
        vpn: bool. Whether it is captured inside a VPN.
    """

    application: str
    traffic_type: str
    converse: object
    ports: tuple = ()
    udp: bool = False
    vpn: bool = False

    @property
    def stem(self):
        """Name of its captures, without their number."""
        kind = self.traffic_type.replace(" ", "")
        vpn = "vpn_" if self.vpn else ""
        return f"{vpn}{self.application}_{kind}".lower()


# The ports overlap, so that they do not tell the application.
_OUTSIDE = (
    Activity("Chatter", "Chat", conversations.chat_over_tls, (443, 8443)),
    Activity("Chatter", "VoIP", conversations.call_with_opus, udp=True),
    Activity("Talkie", "Chat", conversations.chat_in_own_frames, (443, 8443)),
    Activity("Talkie", "VoIP", conversations.call_with_pcm, udp=True),
    Activity("Postbox", "Email", conversations.mail, (443, 993)),
    Activity("Courier", "File Transfer", conversations.file_copy, (22, 443)),
    Activity("Cinema", "Streaming", conversations.film, (443, 8443)),
    Activity("Swarm", "Torrent", conversations.swarm),
)
ACTIVITIES = _OUTSIDE + tuple(
    dataclasses.replace(activity, vpn=True)
    for activity in _OUTSIDE
    if activity.stem not in ("chatter_voip", "talkie_chat")
)


def write_captures(output, seed=0):
    """Writes the captures and their labels.csv.

    Args:
        output: `pathlib.Path`. Folder, made if it is not there.
        seed: int. The same seed gives the same bytes.
    """
    output.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    for activity in ACTIVITIES:
        for number in range(1, 1 + _CAPTURES_PER_ACTIVITY):
            # Both containers occur, inside and outside the VPN.
            suffix = ".pcapng" if number % 2 else ".pcap"
            path = output / f"{activity.stem}_{number}{suffix}"
            write_capture(path, _packets(rng, activity), raw_ip=activity.vpn)
    with open(output / "labels.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("capture", "application", "traffic_type"))
        for activity in ACTIVITIES:
            vpn = "VPN: " if activity.vpn else ""
            kind = f"{vpn}{activity.traffic_type}"
            writer.writerow((f"{activity.stem}_*", activity.application, kind))


def write_capture(path, packets, *, raw_ip):
    """Writes one capture: pcapng or pcap, by the suffix of its name.

    Args:
        path: `pathlib.Path`.
        packets: iterable of tuples `(seconds, IP packet)`.
        raw_ip: bool. Whether the packets stand there without a link header,
            as on the interface of a VPN, or in Ethernet frames.
    """
    ng = path.suffix == ".pcapng"
    with (RawPcapNgWriter if ng else RawPcapWriter)(str(path)) as writer:
        writer.linktype = _RAW_IP if raw_ip else _ETHERNET
        writer.write_header(b"")
        for seconds, packet in packets:
            frame = packet if raw_ip else ethernet_frame(packet)
            # pcap takes the fraction from `usec`, pcapng from `sec`.
            fraction = int(seconds % 1 * 1_000_000)
            writer.write_packet(frame, sec=seconds, usec=fraction)


def _packets(rng, activity):
    """The packets of all flows of one capture, in the order of time."""
    # The VPN of these captures runs on Linux; elsewhere some machines do.
    linux = activity.vpn or rng.random() < 0.2
    address = bytes([10, 8, 0, 6]) if activity.vpn else bytes([192, 0, 2, 10])
    timed = []
    for _ in range(_FLOWS_PER_CAPTURE):
        client = End(
            address=address,
            port=int(rng.integers(32_768, 61_000)),
            ttl=64 if linux else 128,
            window=int(rng.integers(200, 2**16)),
            timestamps=linux,
        )
        flow = list(_flow(rng, activity, client))
        begin = _BEGIN + rng.uniform(0, 60)
        times = begin + np.cumsum(rng.exponential(0.05, len(flow)))
        timed += zip(times.tolist(), flow, strict=True)
    return sorted(timed)


def _flow(rng, activity, client):
    """Yields a DNS query with its answer, then a conversation."""
    resolver = dataclasses.replace(
        client, address=bytes([192, 0, 2, 1]), port=_DNS_PORT
    )
    query = rng.bytes(2) + bytes(10) + b"\x07example\x03com\x00\x00\x01\x00\x01"
    yield from udp_packets(rng, client, resolver, [(True, query)])

    ports = activity.ports or (int(rng.integers(1024, 2**16)),)
    server = End(
        address=bytes([198, 51, 100, rng.integers(1, 255)]),
        port=int(rng.choice(ports)),
        ttl=int(rng.choice([64, 128])) - int(rng.integers(5, 20)),
        window=int(rng.integers(200, 2**16)),
        timestamps=client.timestamps,
    )
    messages = activity.converse(rng)
    if activity.udp:
        yield from udp_packets(rng, client, server, messages)
    else:
        # Inside the VPN its own headers take room from each packet.
        mtu = 1400 if activity.vpn else 1500
        yield from tcp_packets(rng, client, server, messages, mtu=mtu)


def main():
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    write_captures(args.output, args.seed)
    print(f"Synthetic captures and labels.csv: {args.output}")


if __name__ == "__main__":
    main()
