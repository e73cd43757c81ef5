"""The IP headers of a chunk of packets."""

import dataclasses

import numpy as np

from mtc_tf.packets.byte_rows import membership
from mtc_tf.packets.byte_rows import read_bytes
from mtc_tf.packets.byte_rows import read_uint16
from mtc_tf.packets.link_headers import IPV6

IPV4_LENGTH = 20
IPV6_LENGTH = 40

FRAGMENT = 44
# Hop-by-hop, routing, fragment, destination: cut, unlike AH and ESP.
EXTENSIONS = (0, 43, FRAGMENT, 60)
_IS_EXTENSION = membership(EXTENSIONS, 256)


@dataclasses.dataclass(frozen=True)
class IPPackets:
    """IP packets without link header, padding, options and extensions.

    All arrays have one entry for each packet. Where the packet is no IP or is
    malformed, the others hold arbitrary numbers; `payload_starts` is never
    beyond `ends`.

    Args:
        headers: uint8 array of shape `(packets, 40)`: IPv6 headers, or IPv4
            headers and what follows their first 20 bytes.
        versions: uint8 array, 4 or 6.
        protocols: uint8 array, of what the IP packet carries.
        payload_starts: int64 array, where that begins in the chunk.
        ends: int64 array, where the IP packet ends in the chunk.
        wire_ends: int64 array, where it would end had the capture not cut it;
            not before `ends`.
        ethertypes: int64 array, or one of `link_headers.UNREAD`.
        known_links: bool array, whether the link type is known.
        malformed: bool array.
        later_fragments: bool array: fragments other than the first.
    """

    headers: np.ndarray
    versions: np.ndarray
    protocols: np.ndarray
    payload_starts: np.ndarray
    ends: np.ndarray
    wire_ends: np.ndarray
    ethertypes: np.ndarray
    known_links: np.ndarray
    malformed: np.ndarray
    later_fragments: np.ndarray

    @property
    def truncated(self):
        """Bool array, whether the capture holds less than the packet."""
        return self.wire_ends > self.ends


def read_ip_packets(frames, starts, ethertypes, known_links):
    """Reads the IP headers of a chunk of frames.

    Args:
        frames: `FrameBatch`.
        starts: int64 array, where the IP packets begin in `frames.data`.
        ethertypes: int64 array, what the link layer says they are.
        known_links: bool array, whether the link type is known.

    Returns:
        `IPPackets`.
    """
    frame_ends = frames.starts + frames.lengths
    headers = read_bytes(frames.data, starts, frame_ends, IPV6_LENGTH)
    is_ipv6 = ethertypes == IPV6
    versions = np.where(is_ipv6, 6, 4).astype(np.uint8)
    header_lengths, total_lengths = _lengths(headers, is_ipv6)

    # A total length of 0 is what segmentation offload leaves: to the end.
    stated = total_lengths > 0
    wire_ends = np.where(
        stated,
        starts + total_lengths,
        frames.starts + np.maximum(frames.lengths, frames.wire_lengths),
    )
    ends = np.minimum(wire_ends, frame_ends)
    packets = IPPackets(
        headers=headers,
        versions=versions,
        protocols=np.where(is_ipv6, headers[:, 6], headers[:, 9]),
        payload_starts=np.minimum(starts + header_lengths, ends),
        ends=ends,
        wire_ends=wire_ends,
        ethertypes=ethertypes,
        known_links=known_links,
        malformed=(headers[:, 0] >> 4 != versions)
        | (header_lengths < IPV4_LENGTH)
        | (starts + header_lengths > ends),
        later_fragments=~is_ipv6 & (read_uint16(headers, 6) & 0x1FFF > 0),
    )
    return _skip_extensions(frames.data, packets)


def _lengths(headers, is_ipv6):
    """Header length and total length as the IP headers state them."""
    header_lengths = np.where(
        is_ipv6, IPV6_LENGTH, (headers[:, 0] & 0x0F).astype(np.int64) * 4
    )
    # Choice: IPv6 states the length behind its header; 0 stands for offload
    # and jumbograms there, as a total length of 0 does in IPv4.
    payload_lengths = read_uint16(headers, 4)
    ipv6_lengths = np.where(
        payload_lengths > 0, IPV6_LENGTH + payload_lengths, 0
    )
    total_lengths = np.where(is_ipv6, ipv6_lengths, read_uint16(headers, 2))
    return header_lengths, total_lengths


def _skip_extensions(data, packets):
    """Follows the chains of IPv6 extension headers, a header each round.

    A chain that is cut off makes the packet malformed.
    """
    rows = np.flatnonzero(
        (packets.versions == 6)
        & ~packets.malformed
        & _IS_EXTENSION[packets.protocols]
    )
    if not len(rows):
        return packets
    protocols = packets.protocols.copy()
    starts = packets.payload_starts.copy()
    malformed = packets.malformed.copy()
    later_fragments = packets.later_fragments.copy()
    while len(rows):
        ends = packets.ends[rows]
        headers = read_bytes(data, starts[rows], ends, 8)
        is_fragment = protocols[rows] == FRAGMENT
        # The second byte counts the units of 8 bytes behind the first one.
        lengths = np.where(is_fragment, 8, (headers[:, 1] + np.int64(1)) * 8)
        cut_off = starts[rows] + lengths > ends
        is_later = is_fragment & (read_uint16(headers, 2) >> 3 > 0)
        malformed[rows] = cut_off
        later_fragments[rows] = is_later
        starts[rows] = np.minimum(starts[rows] + lengths, ends)
        protocols[rows] = headers[:, 0]
        # Behind the header of a later fragment comes payload, whatever the
        # next header is.
        rows = rows[_IS_EXTENSION[headers[:, 0]] & ~cut_off & ~is_later]
    return dataclasses.replace(
        packets,
        protocols=protocols,
        payload_starts=starts,
        malformed=malformed,
        later_fragments=later_fragments,
    )
