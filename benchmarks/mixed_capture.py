"""A capture of mixed packets, for benchmarks: made up, but shaped as traffic.

Most TCP packets are full and carry the timestamps option, as those of a
transfer do; the rest is what fills captures: acknowledgements without payload,
DNS, ARP, VLAN tags, IPv6.
"""

import random

from scapy.layers.dns import DNS
from scapy.layers.dns import DNSQR
from scapy.layers.inet import ICMP
from scapy.layers.inet import IP
from scapy.layers.inet import TCP
from scapy.layers.inet import UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP
from scapy.layers.l2 import Dot1Q
from scapy.layers.l2 import Ether
from scapy.utils import RawPcapNgWriter
from scapy.utils import RawPcapWriter

FORMATS = {"pcap": RawPcapWriter, "pcapng": RawPcapNgWriter}

_ETHERNET = 1
# Frames that differ. A capture repeats them, in another order each time.
_POOL_SIZE = 400
_FULL_SEGMENT = 1448
_FIRST_SECOND = 1_420_000_000
_PACKETS_PER_SECOND = 64


def write_mixed_capture(path, num_packets, file_format):
    """Writes a capture of mixed packets, the same ones in each format.

    Args:
        path: path of the file to write.
        num_packets: int.
        file_format: str. A key of `FORMATS`.
    """
    generator = random.Random(0)
    pool = _frames(generator)
    with FORMATS[file_format](str(path)) as writer:
        writer.linktype = _ETHERNET
        writer.write_header(None)
        for number in range(num_packets):
            position = number % _POOL_SIZE
            if position == 0:
                generator.shuffle(pool)
            second, rest = divmod(number, _PACKETS_PER_SECOND)
            writer.write_packet(
                pool[position],
                sec=_FIRST_SECOND + second + rest / _PACKETS_PER_SECOND,
                usec=rest * 1_000_000 // _PACKETS_PER_SECOND,
            )


def _frames(generator):
    kinds = {  # kind of frame: share in per cent
        _full_tcp: 33,
        _short_tcp: 8,
        _empty_ack: 20,
        _vlan_tcp: 5,
        _ipv6_tcp: 6,
        _udp: 12,
        _ipv6_udp: 3,
        _dns: 6,
        _arp: 5,
        _icmp: 2,
    }
    return [
        bytes(Ether(src=_MAC, dst=_MAC) / make(generator))
        for make, share in kinds.items()
        for _ in range(share * _POOL_SIZE // 100)
    ]


_MAC = "02:00:00:00:00:01"


def _ip(generator, version=IP):
    prefix = "10.0.0." if version is IP else "2001:db8::"
    source, destination = generator.sample(range(1, 200), 2)
    return version(src=f"{prefix}{source}", dst=f"{prefix}{destination}")


def _tcp(generator, length, **fields):
    return TCP(
        sport=generator.randrange(20_000, 60_000),
        dport=generator.choice((22, 443, 8080)),
        seq=generator.getrandbits(32),
        ack=generator.getrandbits(32),
        options=[("NOP", None), ("NOP", None), ("Timestamp", (1, 2))],
        **fields,
    ) / generator.randbytes(length)


def _full_tcp(generator):
    return _ip(generator) / _tcp(generator, _FULL_SEGMENT, flags="A")


def _short_tcp(generator):
    length = generator.randrange(1, _FULL_SEGMENT)
    return _ip(generator) / _tcp(generator, length, flags="PA")


def _empty_ack(generator):
    return _ip(generator) / _tcp(generator, 0, flags="A")


def _vlan_tcp(generator):
    return Dot1Q(vlan=7) / _short_tcp(generator)


def _ipv6_tcp(generator):
    length = generator.randrange(1, _FULL_SEGMENT)
    return _ip(generator, IPv6) / _tcp(generator, length, flags="PA")


def _payload_of_udp(generator):
    ports = {"sport": 50_000, "dport": 443}
    return UDP(**ports) / generator.randbytes(generator.randrange(20, 1300))


def _udp(generator):
    return _ip(generator) / _payload_of_udp(generator)


def _ipv6_udp(generator):
    return _ip(generator, IPv6) / _payload_of_udp(generator)


def _dns(generator):
    query = DNS(id=generator.getrandbits(16), qd=DNSQR(qname="example.org"))
    return _ip(generator) / UDP(sport=40_000, dport=53) / query


def _arp(generator):
    return ARP(psrc="10.0.0.1", pdst=f"10.0.0.{generator.randrange(2, 200)}")


def _icmp(generator):
    return _ip(generator) / ICMP() / generator.randbytes(56)
