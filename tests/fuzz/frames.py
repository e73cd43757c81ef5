"""Frames that are nearly right, against the reference.

    PYTHONPATH=tests python -m fuzz.frames --count=1000000 --seed=1

makes frames of all link types, damages them, and compares each row, drop
reason and mark of truncation with `packet_reference`. What raises or differs is
printed in hex.
"""

import random
import struct
import sys

from capture_bytes import ethernet
from capture_bytes import gre
from capture_bytes import ipv4
from capture_bytes import ipv6
from capture_bytes import mpls
from capture_bytes import pppoe
from capture_bytes import snap
from capture_bytes import tcp
from capture_bytes import udp
from capture_bytes import vxlan
from fuzz import command_line
from packet_reference import reference_row

from mtc_tf.packets.fields import RECIPES
from mtc_tf.packets.frame_batch import FrameBatch
from mtc_tf.packets.preprocessing import CODES
from mtc_tf.packets.preprocessing import KEPT
from mtc_tf.packets.preprocessing import preprocess

_CHUNK_FRAMES = 512
_POOL_FRAMES = 2000
_CHUNKS_OF_A_POOL = 100

_NAMES = {code: reason for reason, code in CODES.items()} | {KEPT: None}
_TAGS = (0x8100, 0x88A8, 0x9100, 0x9200, 0x9300)
_PORTS = (53, 67, 123, 138, 1900, 443, 443, 443, 4789, 4789, 40000, 40001)
# Bytes that mean something somewhere: versions, protocols, flags, EtherTypes.
_BYTES = bytes.fromhex(
    "000102040608 0b 11 21 2b 2c 2f 29 3a 3c 45 46 4f 57 60 6f 7f 80 81 86 88"
    "0a b5 12 be dd 0f 8f eb e7 26 3f ff fd"
)


def fuzz(count, seed):
    """Yields how many frames were tried; see `command_line.run`."""
    chunks = drawn_records(random.Random(seed), count)
    for number, records in enumerate(chunks):
        check_frames(records, RECIPES[number % len(RECIPES)])
        yield len(records)


def drawn_records(generator, count):
    """Makes frames and damages them.

    Args:
        generator: `random.Random`.
        count: int. How many frames.

    Yields:
        list of tuples of frame, link type and length on the wire.
    """
    done = chunks = 0
    while done < count:
        if chunks % _CHUNKS_OF_A_POOL == 0:
            pool = [_record(generator) for _ in range(_POOL_FRAMES)]
        records = [
            _damaged(generator, *generator.choice(pool))
            for _ in range(min(_CHUNK_FRAMES, count - done))
        ]
        yield records
        done += len(records)
        chunks += 1


def check_frames(records, recipe):
    """Raises `AssertionError` where a chunk differs from the reference.

    Args:
        records: list of tuples of frame, link type and length on the wire.
        recipe: str.
    """
    try:
        same = _received(records, recipe) == _expected(records, recipe)
    # Whatever is raised is a failure.
    except Exception:
        same = False
    if not same:
        for record in records:
            _check_frame(record, recipe)
        raise AssertionError(f"{recipe}: fails as a chunk only: {records}")


def _check_frame(record, recipe):
    frame, link_type, wire_length = record
    expected = _expected([record], recipe)
    try:
        received = _received([record], recipe)
    except Exception as error:
        received = repr(error)
    if received != expected:
        raise AssertionError(
            f"recipe {recipe}, link type {link_type}, {wire_length} bytes on "
            f"the wire, frame {frame.hex()}: received {received}, expected "
            f"{expected}"
        )


def _received(records, recipe):
    frames, link_types, wire_lengths = map(list, zip(*records, strict=True))
    chunk = FrameBatch.from_records(
        frames,
        ticks=[0] * len(frames),
        wire_lengths=wire_lengths,
        interfaces=[(link_type, 1) for link_type in link_types],
    )
    result = preprocess(chunk, recipe, ())
    return (
        result.packets.tobytes(),
        [_NAMES[code] for code in result.reasons.tolist()],
        result.ip.truncated.tolist(),
    )


def _expected(records, recipe):
    answers = [reference_row(*record, recipe) for record in records]
    kept = [(row, cut) for row, reason, cut in answers if reason is None]
    return (
        b"".join(row for row, _ in kept),
        [reason for _, reason, _ in answers],
        [cut for _, cut in kept],
    )


# === Frames ===


def _record(generator):
    """A frame that is right: tuple of frame, link type, length on the wire."""
    kind, packet = _packet(generator, depth=0)
    frame, link_type = generator.choice(_LINKS)(generator, kind, packet)
    return frame, link_type, len(frame)


def _damaged(generator, frame, link_type, wire_length):
    """Changes, cuts or lengthens a frame, or leaves it as it is."""
    draw = generator.random()
    if draw < 0.55:
        changed = bytearray(frame)
        # Most of what is asked stands near the beginning.
        reach = min(len(changed), generator.choice((24, 60, 120, 1600)))
        for _ in range(generator.choice((1, 1, 2, 3, 8)) if reach else 0):
            place = generator.randrange(reach)
            if generator.random() < 0.6:
                changed[place] = generator.choice(_BYTES)
            else:
                changed[place] = generator.randrange(256)
        frame = bytes(changed)
    elif draw < 0.58:
        frame = generator.randbytes(generator.randrange(100))
    if generator.random() < 0.25:
        frame = frame[: generator.randrange(len(frame) + 1)]
    elif generator.random() < 0.1:
        frame += generator.randbytes(generator.randrange(30))
    if generator.random() < 0.02:
        link_type = generator.choice((*range(300), 65535))
    if generator.random() < 0.1:
        wire_length = generator.choice((0, len(frame), 2**31 - 1, 2**32 - 1))
    return frame, link_type, wire_length


def _packet(generator, depth):
    """An IP packet: tuple of its EtherType and its bytes."""
    protocol, body = generator.choice(_BODIES)(generator, depth)
    if generator.random() < 0.6:
        fields = {"source": generator.randbytes(4)}
        if generator.random() < 0.1:
            fields["total"] = generator.choice((0, 20, 40, len(body) + 19))
        if generator.random() < 0.1:
            fields["fragment"] = generator.choice((1, 0x2000, 0x4000, 0x1FFF))
        options = bytes((7, 4, 4, 9)) * generator.choice((0, 0, 0, 1, 3, 10))
        return 0x0800, ipv4(body, protocol, options, **fields)
    for _ in range(generator.choice((0, 0, 0, 1, 2))):
        extension = generator.choice((0, 43, 44, 60))
        length = 0 if extension == 44 else generator.choice((0, 0, 1, 2))
        fragment = generator.choice((b"\0\0", b"\0\1", b"\0\x08"))
        header = bytes((protocol, length)) + fragment + bytes(4 + 8 * length)
        protocol, body = extension, header + body
    fields = {
        "source": generator.randbytes(16),
        "flow_label": generator.getrandbits(20),
    }
    if generator.random() < 0.1:
        fields["length"] = generator.choice((0, 1, 20, len(body) + 9))
    return 0x86DD, ipv6(body, protocol, **fields)


def _payload(generator):
    length = generator.choice((0, 1, 4, 9, 30, 30, 400, 1460, 1600))
    return generator.randbytes(length)


def _tcp(generator, depth):
    ports = generator.choice(_PORTS), generator.choice(_PORTS)
    offset = generator.choice((None, None, None, 0, 4, 6, 15))
    options = bytes(4 * generator.choice((0, 3, 10)))
    return 6, tcp(_payload(generator), ports, options, offset)


def _udp(generator, depth):
    ports = generator.choice(_PORTS), generator.choice(_PORTS)
    return 17, udp(_payload(generator), ports)


def _vxlan(generator, depth):
    kind, packet = _inner(generator, depth)
    return 17, udp(vxlan(_frame(generator, kind, packet)), (49152, 4789))


def _ip_in_ip(generator, depth):
    kind, packet = _inner(generator, depth)
    return (4 if kind == 0x0800 else 41), packet


def _gre(generator, depth):
    kind, packet = _inner(generator, depth)
    fields = {
        name: generator.choice((None, 0x1234))
        for name in ("checksum", "key", "number")
    }
    draw = generator.randrange(5)
    if draw == 0:
        kind, packet = 0x6558, _frame(generator, kind, packet)
    elif draw == 1:
        mirrored = _frame(generator, kind, packet)
        kind = 0x88BE
        packet = bytes(8 * (fields["number"] is not None)) + mirrored
    elif draw == 2:
        options = generator.choice((0, 1))
        header = struct.pack("!IIHH", 0x20000000, 0, 0, options)
        mirrored = _frame(generator, kind, packet)
        kind, packet = 0x22EB, header + bytes(8 * options) + mirrored
    return 47, gre(packet, kind, **fields)


def _other(generator, depth):
    protocol = generator.choice((1, 2, 33, 50, 51, 58, 59, 132, 136))
    return protocol, _payload(generator)


def _inner(generator, depth):
    """Tunnels in tunnels, up to four."""
    if depth < 4:
        return _packet(generator, depth + 1)
    return 0x0800, ipv4(udp(_payload(generator)), 17)


_BODIES = (_tcp, _tcp, _udp, _udp, _vxlan, _ip_in_ip, _gre, _gre, _other)


# === Link headers ===


def _frame(generator, kind, packet):
    """An Ethernet frame, with what may stand before an IP packet."""
    tags = generator.choices(_TAGS, k=generator.choice((0, 0, 0, 1, 2, 5, 17)))
    draw = generator.random()
    if draw < 0.1:
        packet, kind = snap(packet, kind), generator.randrange(1537)
    elif draw < 0.2:
        packet = mpls(packet, generator.choice((1, 2, 15, 16, 17)))
        kind = generator.choice((0x8847, 0x8848))
    elif draw < 0.3:
        packet, kind = pppoe(_ppp_frame(generator, kind, packet)), 0x8864
    elif draw < 0.35:
        packet = bytes(16) + struct.pack("!H", kind) + packet
        kind = 0x88E7
    elif draw < 0.4:
        packet = bytes(4) + struct.pack("!H", kind) + packet
        kind = 0x8926
    elif draw < 0.45:
        packet = bytes(6) + struct.pack("!H", kind) + packet
        kind = 0x893F
    elif draw < 0.5:
        kind = generator.choice((0x0806, 0x88CC, 0x88E5, 0x22F3, 0x8870))
    return generator.randbytes(12) + ethernet(packet, kind, tags)[12:]


def _ppp_frame(generator, kind, packet):
    protocols = {0x0800: (b"\x21", b"\0\x21"), 0x86DD: (b"\x57", b"\0\x57")}
    protocol = generator.choice(protocols.get(kind, (b"\0\x3d", b"\xc0\x21")))
    if generator.random() < 0.1:
        protocol, packet = b"\x02\x81", mpls(packet)
    return generator.choice((b"", b"\xff\x03")) + protocol + packet


def _ethernet_link(generator, kind, packet):
    return _frame(generator, kind, packet), 1


def _raw_link(generator, kind, packet):
    version = 228 if kind == 0x0800 else 229
    return packet, generator.choice((12, 14, 101, version))


def _cooked_link(generator, kind, packet):
    if generator.random() < 0.2:
        packet, kind = snap(packet, kind), 4
    kind = struct.pack("!H", kind)
    if generator.random() < 0.5:
        return bytes(14) + kind + packet, 113
    return kind + bytes(18) + packet, 276


def _ppp_link(generator, kind, packet):
    if generator.random() < 0.2:
        header = b"\x0f\0" + struct.pack("!H", kind)
        return header + packet, generator.choice((50, 104))
    if generator.random() < 0.2:
        return pppoe(_ppp_frame(generator, kind, packet)), 51
    return _ppp_frame(generator, kind, packet), generator.choice((9, 50))


def _loopback_link(generator, kind, packet):
    family = 2 if kind == 0x0800 else generator.choice((10, 24, 28, 30))
    order = generator.choice(("<I", ">I"))
    return struct.pack(order, family) + packet, generator.choice((0, 108))


def _firewire_link(generator, kind, packet):
    return bytes(16) + struct.pack("!H", kind) + packet, 138


_LINKS = (
    *(_ethernet_link,) * 6,
    *(_raw_link,) * 4,
    _cooked_link,
    _ppp_link,
    _loopback_link,
    _firewire_link,
)


if __name__ == "__main__":
    sys.exit(command_line.run(__doc__, fuzz))
