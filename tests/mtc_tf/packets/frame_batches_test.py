"""Captures in blocks: the same frames as record by record, whatever comes."""

import struct

import pytest
from capture_bytes import PCAP_MAGICS
from capture_bytes import PcapNg
from capture_bytes import pcap
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from record_reference import by_records
from record_reference import in_blocks

from mtc_tf.packets import pcap_frames
from mtc_tf.packets import pcapng_frames

SECOND = 1_700_000_000
frames = st.lists(
    st.integers(0, 90).map(lambda size: bytes(range(size))), max_size=30
)
# Bytes of a block, frames of a batch, records one by one.
sizes = st.tuples(
    st.sampled_from([48, 130, 700, 2**22]),
    st.sampled_from([1, 3, 2048]),
    st.sampled_from([1, 2, 64]),
)


@st.composite
def pcaps(draw):
    order, nanoseconds = draw(st.sampled_from(sorted(PCAP_MAGICS)))
    packets = draw(frames)
    numbers = st.integers(0, 2**32 - 1)
    columns = [
        draw(st.lists(numbers, min_size=len(packets), max_size=len(packets)))
        for _ in ("fractions", "lengths")
    ]
    content = pcap(packets, 1, order, nanoseconds, *columns)
    if draw(st.booleans()):
        return content
    # As the modified format, whose records have longer headers.
    return struct.pack(f"{order}I", 0xA1B2CD34) + content[4:]


@st.composite
def pcapngs(draw):
    order = draw(st.sampled_from("<>"))
    section = PcapNg(order)
    clocks = [b""]
    for resolution in (6, 9, 9, 3, 0x94):
        clocks.append(section.option(9, bytes([resolution])))
    clocks.append(section.option(14, struct.pack(f"{order}q", -5)))
    content = section.section()
    content += section.interface(options=draw(st.sampled_from(clocks)))
    interfaces = 1
    damaged = [
        struct.pack(f"{order}2I", 6, 0),
        struct.pack(f"{order}2I", 6, 33),
        struct.pack(f"{order}2I", 10, 2**32 - 4),
        struct.pack(f"{order}3I", 6, 12, 16),
        section.block(6, bytes(8)),
        section.block(1, b""),
        section.packet(b"abcd", captured=5),
        section.packet(b"x", interface=interfaces + 3),
        section.block(0x0A0D0D0A, bytes(20)),
    ]
    # Mostly packets, as in captures.
    for kind in draw(
        st.lists(st.sampled_from("pppppppppppppppionxsd"), max_size=40)
    ):
        frame = bytes(draw(st.integers(0, 60)))
        if kind == "p":
            content += section.packet(
                frame,
                ticks=draw(st.integers(0, 2**64 - 1)),
                interface=draw(st.integers(0, interfaces - 1)),
            )
        elif kind == "i":
            interfaces += 1
            content += section.interface(
                draw(st.sampled_from([1, 101])),
                draw(st.sampled_from([0, 20])),
                draw(st.sampled_from(clocks)),
            )
        elif kind == "o":
            content += section.old_packet(frame, ticks=SECOND)
        elif kind == "s":
            content += section.simple_packet(frame)
        elif kind == "d":
            # Plain packets follow it, and are not to be read.
            content += draw(st.sampled_from(damaged))
        else:
            content += section.block(10 if kind == "x" else 5, bytes(36))
    return content


@settings(max_examples=150, deadline=None)
@given(st.one_of(pcaps(), pcapngs()), sizes)
def test_whole_captures(content, sizes):
    assert in_blocks(content, *sizes) == by_records(content)


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(pcaps(), pcapngs()),
    sizes,
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from([b"", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\4\0\0", b"x"]),
)
def test_damaged_captures(content, sizes, end, place, patch):
    content = content[: 28 + int(end * len(content))]
    at = int(place * len(content))
    content = content[:at] + patch + content[at + len(patch) :]
    assert in_blocks(content, *sizes) == by_records(content)


def single_reads(monkeypatch, reader, name):
    """Counts the records that are read one by one."""
    read, counts = getattr(reader, name), []
    monkeypatch.setattr(
        reader, name, lambda *arguments: counts.append(1) or read(*arguments)
    )
    return counts


def test_plain_packets_are_not_read_one_by_one(monkeypatch):
    counts = single_reads(
        monkeypatch, pcapng_frames.PcapNgFrames, "_read_enhanced_packet"
    )
    section = PcapNg()
    content = section.section() + section.interface()
    content += section.packet(b"frame") * 10_000
    content += section.interface() + section.packet(b"frame") * 10_000
    assert len(in_blocks(content)[0]) == 20_000
    assert len(counts) <= 2 * 64
    # Where each packet is behind a rare block, runs are not tried in vain.
    content = section.section() + section.interface()
    content += (section.interface() + section.packet(b"frame")) * 5000
    assert len(in_blocks(content)[0]) == 5000
    assert len(counts) > 4000


@pytest.mark.parametrize("magic", pcap_frames.PCAP_MAGICS)
def test_records_across_blocks(magic):
    order, _, header = pcap_frames.PCAP_MAGICS[magic]
    content = magic + bytes(16) + struct.pack(f"{order}I", 1)
    for number in range(500):
        content += struct.pack(
            f"{order}4I{header - 16}x", SECOND, number, number, number
        )
        content += bytes([number % 256]) * number
    rows, warnings = in_blocks(content, block=1000)
    assert [row[1] for row in rows] == [
        bytes([number % 256]) * number for number in range(500)
    ]
    assert (rows, warnings) == by_records(content)
