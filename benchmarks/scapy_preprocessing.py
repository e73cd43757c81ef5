"""The rules of `mtc_tf.packets` by scapy's dissection: what to compare with.

One packet at a time, in the plainest way: scapy takes the packet apart, some
fields are changed, scapy puts it together again.
"""

from scapy.layers.inet import ICMP
from scapy.layers.inet import IP
from scapy.layers.inet import TCP
from scapy.layers.inet import UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Padding

PACKET_LENGTH = 1500

_SERVICE_PORTS = {53, 67, 68, 123, 137, 138, 139, 546, 547, 1900, 5353, 5355}
_UDP_HEADER = 8
_UDP_FILLING = bytes(12)


def preprocess_frame(frame):
    """Preprocesses one Ethernet frame by the recipe `strict`.

    Covers what whole, unfragmented packets of TCP and UDP need.

    Args:
        frame: bytes.

    Returns:
        bytes of length 1500, or None for a packet that is dropped.

    Paper: Section 3.2.1.
    """
    packet = Ether(frame)
    padding = packet.getlayer(Padding)
    if padding is not None:
        padding.underlayer.remove_payload()
    ip = packet.getlayer(IP) or packet.getlayer(IPv6)
    if ip is None or ip.haslayer(ICMP):
        return None
    transport = ip.getlayer(TCP) or ip.getlayer(UDP)
    if transport is None or not len(transport.payload):
        return None
    if {transport.sport, transport.dport} & _SERVICE_PORTS:
        return None
    return _row(ip, transport)[:PACKET_LENGTH].ljust(PACKET_LENGTH, b"\0")


def _row(ip, transport):
    ip.src = ip.dst = "0.0.0.0" if isinstance(ip, IP) else "::"
    transport.chksum = 0
    if isinstance(ip, IP):
        ip.chksum = 0
        ip.options = []
    else:
        ip.fl = 0
    if isinstance(transport, TCP):
        transport.options = []
        return bytes(ip)
    datagram = bytes(transport)
    header = bytes(ip)[: -len(datagram)]
    return (
        header + datagram[:_UDP_HEADER] + _UDP_FILLING + datagram[_UDP_HEADER:]
    )
