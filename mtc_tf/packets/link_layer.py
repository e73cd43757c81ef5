"""Where the IP packet begins in a frame, by link type."""

import functools

import numpy as np

from mtc_tf.packets.byte_rows import read_bytes
from mtc_tf.packets.byte_rows import read_uint16
from mtc_tf.packets.link_headers import IPV4
from mtc_tf.packets.link_headers import IPV6
from mtc_tf.packets.link_headers import LLC
from mtc_tf.packets.link_headers import NOT_IP
from mtc_tf.packets.link_headers import PPP
from mtc_tf.packets.link_headers import PPPOE
from mtc_tf.packets.link_headers import ethertype_or_llc
from mtc_tf.packets.link_headers import follow_headers

# BSD address families; the one of IPv6 differs from system to system.
FAMILY_KINDS = {2: IPV4, 10: IPV6, 24: IPV6, 28: IPV6, 30: IPV6}
VERSION_KINDS = {4: IPV4, 6: IPV6}
# What Linux cooked captures call frames with 802.2 headers.
COOKED_LLC = 4
# The first byte of HDLC as Cisco uses it: to one, to all.
CISCO_ADDRESSES = (0x0F, 0x8F)

# The longest link header, Linux cooked v2.
MAX_LENGTH = 20


def find_ip(frames):
    """Finds the IP packet in each frame.

    A frame that ends inside its link header is not IP.

    Args:
        frames: `FrameBatch`.

    Returns:
        Tuple of int64 array, where the packet begins in `frames.data` (not
        beyond the frame's end); int64 array, its EtherType, or one of
        `link_headers.UNREAD`, or `NOT_IP`; bool array, whether the link type
        is known.
    """
    ends = frames.starts + frames.lengths
    headers = read_bytes(frames.data, frames.starts, ends, MAX_LENGTH)
    lengths = np.zeros(len(frames), np.int64)
    kinds = np.full(len(frames), NOT_IP)
    known = np.ones(len(frames), bool)
    # Most captures have one: then nothing is sorted, picked and copied.
    several = (frames.link_types != frames.link_types[:1]).any()
    link_types = frames.link_types if several else frames.link_types[:1]
    for link_type in set(link_types.tolist()):
        rows = frames.link_types == link_type if several else slice(None)
        if link_type in _READERS:
            read = _READERS[link_type]
            lengths[rows], kinds[rows] = read(headers[rows])
        else:
            known[rows] = False
    kinds[lengths > frames.lengths] = NOT_IP
    starts = np.minimum(frames.starts + lengths, ends)
    return *follow_headers(frames.data, starts, ends, kinds), known


def _read_ethernet(headers, column, length):
    """Ethernet and its kin: an EtherType, or the length of an 802.2 frame."""
    return length, ethertype_or_llc(read_uint16(headers, column))


def _read_cooked(headers, column, length):
    """Linux cooked: other numbers than EtherTypes tell kinds of frames."""
    numbers = read_uint16(headers, column)
    kinds = np.where(numbers < 1536, NOT_IP, numbers)
    kinds[numbers == COOKED_LLC] = LLC
    return length, kinds


def _read_serial(headers):
    """PPP, or HDLC as Cisco uses it: both are called PPP in HDLC framing."""
    is_cisco = np.isin(headers[:, 0], CISCO_ADDRESSES)
    ethertypes = np.where(is_cisco, read_uint16(headers, 2), PPP)
    return np.where(is_cisco, 4, 0), ethertypes


def _read_family(headers):
    """BSD loopback: an address family in the byte order of the writer."""
    families = np.ascontiguousarray(headers[:, :4])
    # Families are small: read in the wrong byte order, they are large.
    families = np.minimum(families.view("<u4"), families.view(">u4"))[:, 0]
    return 4, _translate(families, FAMILY_KINDS)


def _read_version(headers):
    """Raw IP: nothing but the version in the first four bits."""
    return 0, _translate(headers[:, 0] >> 4, VERSION_KINDS)


def _translate(numbers, kinds):
    translated = np.full(len(numbers), NOT_IP)
    for number, kind in kinds.items():
        translated[numbers == number] = kind
    return translated


# Each takes the first bytes of the frames, a row each, and returns the length
# of their link headers and what follows; each may be one number for all.
_READERS = {
    0: _read_family,  # NULL
    1: functools.partial(_read_ethernet, column=12, length=14),
    9: lambda headers: (0, PPP),
    12: _read_version,  # raw IP, as OpenBSD and others number it
    14: _read_version,
    50: _read_serial,
    51: lambda headers: (0, PPPOE),
    101: _read_version,  # raw IP
    104: lambda headers: (4, read_uint16(headers, 2)),  # Cisco HDLC
    108: _read_family,  # LOOP
    113: functools.partial(_read_cooked, column=14, length=16),
    138: functools.partial(_read_ethernet, column=16, length=18),  # FireWire
    228: lambda headers: (0, IPV4),
    229: lambda headers: (0, IPV6),
    276: functools.partial(_read_cooked, column=0, length=20),  # cooked v2
}
