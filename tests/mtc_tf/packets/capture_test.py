"""Containers: what is read, and what is said about what cannot be read."""

import gzip
import io
import struct

import numpy as np
import pytest
from capture_bytes import PCAP_MAGICS
from capture_bytes import PcapNg
from capture_bytes import pcap
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from mtc_tf.errors import InputError
from mtc_tf.packets import capture
from mtc_tf.packets.capture import capture_name
from mtc_tf.packets.capture import read_capture

FRAMES = [b"first frame", b"", b"third frame, longer"]


def read(content):
    """Reads a capture given as bytes.

    Returns:
        Tuple of the frames as bytes, their times, their link types, and the
        warnings.
    """
    frames, times, link_types, warnings = [], [], [], []
    for batch in read_capture(io.BytesIO(content), "name", warnings):
        assert batch.first_number == len(frames)
        for start, length in zip(batch.starts, batch.lengths, strict=True):
            frames.append(batch.data[start : start + length].tobytes())
        times += batch.timestamps.tolist()
        link_types += batch.link_types.tolist()
    return frames, times, link_types, warnings


@pytest.fixture(params=["<", ">"], ids=["little", "big"])
def section(request):
    return PcapNg(request.param)


# === pcap ===


@pytest.mark.parametrize("byte_order, nanoseconds", PCAP_MAGICS)
def test_pcap(byte_order, nanoseconds):
    content = pcap(
        FRAMES,
        link_type=101,
        byte_order=byte_order,
        nanoseconds=nanoseconds,
        fractions=[0, 1, 500_000],
    )
    frames, times, link_types, warnings = read(content)
    assert frames == FRAMES
    unit = 1e-9 if nanoseconds else 1e-6
    assert times == [0.0, 1 + unit, 2 + 500_000 * unit]
    assert link_types == [101] * 3
    assert warnings == []


def test_pcap_lengths():
    content = pcap(FRAMES, wire_lengths=[1500, 0, 2**32 - 1])
    (batch,) = read_capture(io.BytesIO(content), "name")
    assert len(batch) == 3
    assert batch.lengths.tolist() == [11, 0, 19]
    assert batch.wire_lengths.tolist() == [1500, 0, 2**31 - 1]
    assert batch.wire_lengths.dtype == np.int32


def test_pcap_time_is_the_nearest_float():
    content = bytearray(pcap([b"x"], fractions=[654321]))
    content[24:28] = struct.pack("<I", 1_420_000_123)
    assert read(content)[1] == [1420000123.654321]


def test_upper_half_of_the_link_type_is_about_the_check_sequence():
    assert read(pcap(FRAMES, link_type=0x54000001))[2] == [1, 1, 1]


def test_pcap_with_the_header_only_has_no_packets():
    assert read(pcap([])) == ([], [], [], [])


# === pcapng ===


def test_pcapng(section):
    content = (
        section.section()
        + section.interface(link_type=113)
        + b"".join(
            section.packet(frame, ticks=1_420_000_000_000_001 + i)
            for i, frame in enumerate(FRAMES)
        )
    )
    frames, times, link_types, warnings = read(content)
    assert frames == FRAMES
    assert times == [1420000000.000001, 1420000000.000002, 1420000000.000003]
    assert link_types == [113] * 3
    assert warnings == []


def test_interfaces_have_link_types_and_clocks_of_their_own(section):
    nanoseconds = section.option(9, b"\x09") + section.option(0, b"")
    halves = section.option(9, b"\x81")
    later = section.option(
        14, struct.pack(">q" if section.section()[8] == 0x1A else "<q", 1000)
    )
    content = (
        section.section()
        + section.interface(1)
        + section.interface(101, options=nanoseconds)
        + section.interface(113, options=halves + later)
        + section.packet(b"c", ticks=3, interface=2)
        + section.packet(b"b", ticks=3_000_000_000, interface=1)
        + section.packet(b"a", ticks=3_000_000, interface=0)
    )
    frames, times, link_types, _ = read(content)
    assert frames == [b"c", b"b", b"a"]
    assert times == [1001.5, 3.0, 3.0]
    assert link_types == [113, 101, 1]


def test_each_section_has_its_own_interfaces_and_byte_order():
    little, big = PcapNg("<"), PcapNg(">")
    content = (
        little.section()
        + little.interface(1)
        + little.packet(b"a")
        + big.section()
        + big.interface(101)
        + big.packet(b"b")
    )
    frames, _, link_types, warnings = read(content)
    assert frames == [b"a", b"b"]
    assert link_types == [1, 101]
    assert warnings == []


def test_old_packet_blocks(section):
    content = (
        section.section()
        + section.interface(1)
        + section.interface(101)
        + section.old_packet(b"old", ticks=2_000_000, interface=1)
    )
    assert read(content) == ([b"old"], [2.0], [101], [])


def test_simple_packets_have_no_time(section):
    content = (
        section.section()
        + section.interface(snap_length=0)
        + section.simple_packet(b"whole")
        + section.section()
        + section.interface(snap_length=4)
        + section.simple_packet(b"snap", wire_length=9)
    )
    frames, times, _, warnings = read(content)
    assert frames == [b"whole", b"snap"]
    assert times == [0.0, 0.0]
    assert warnings == ["2 packets carry no time; they got the time 0"]


def test_other_blocks_and_options_are_skipped(section):
    comment = section.option(1, b"a comment") + section.option(0, b"")
    secrets = b"TLSK"[::-1] + struct.pack("<I", 4) + b"keys"
    content = (
        section.section()
        + section.block(10, secrets)
        + section.block(0x80000001, b"\x01\0\0\0")
        + section.interface()
        + section.packet(b"a", options=comment)
        + section.block(0xBAD, b"of a vendor")
        + section.block(5, bytes(12))
        + section.packet(b"b")
    )
    frames, _, _, warnings = read(content)
    assert frames == [b"a", b"b"]
    assert warnings == []


# === Content, not suffix; paths and file objects ===


def test_gzip(tmp_path):
    path = tmp_path / "no_suffix"
    path.write_bytes(gzip.compress(pcap(FRAMES)))
    (batch,) = read_capture(path)
    assert len(batch) == 3


def test_pcapng_under_the_suffix_of_pcap(tmp_path):
    path = tmp_path / "x.pcap"
    path.write_bytes(PcapNg().section() + PcapNg().interface())
    assert list(read_capture(path)) == []


def test_file_object_stays_open():
    file = io.BytesIO(pcap(FRAMES))
    list(read_capture(file, "name"))
    assert not file.closed


@pytest.mark.parametrize(
    "path, name",
    [
        ("a/b/X.pcap.gz", "X"),
        ("X.PCAP", "X"),
        ("x.1.pcapng", "x.1"),
        ("plain", "plain"),
    ],
)
def test_capture_name(path, name):
    assert capture_name(path) == name


# === Chunks ===


def test_chunks_count_on(monkeypatch):
    monkeypatch.setattr(capture, "_CHUNK_FRAMES", 2)
    batches = list(read_capture(io.BytesIO(pcap(FRAMES)), "name"))
    assert [len(batch) for batch in batches] == [2, 1]
    assert [batch.first_number for batch in batches] == [0, 2]


def test_chunks_of_large_frames_are_smaller():
    content = pcap([bytes(200_000)] * 50)
    sizes = [len(batch) for batch in read_capture(io.BytesIO(content), "name")]
    assert sizes == [21, 21, 8]


# === Damage ===


@pytest.mark.parametrize("missing", [1, 18, 19, 20, 34])
def test_pcap_cut_off_gives_the_packets_before(missing):
    frames, _, _, (warning,) = read(pcap(FRAMES)[:-missing])
    assert frames == FRAMES[:2]
    assert "packet 2, counted from 0: the file ends inside a record" in warning


@pytest.mark.parametrize("missing", [1, 4, 20, 45])
def test_pcapng_cut_off_gives_the_packets_before(section, missing):
    content = section.section() + section.interface()
    content += section.packet(b"whole") + section.packet(b"cut off, twenty")
    frames, _, _, (warning,) = read(content[:-missing])
    assert frames == [b"whole"]
    assert "packet 1, counted from 0" in warning


def test_gzip_cut_off_gives_the_packets_before():
    # Not to be compressed, so that the cut takes the last frame alone.
    generator = np.random.default_rng(0)
    frames = [generator.bytes(50_000) for _ in range(4)]
    content = gzip.compress(pcap(frames))
    received, _, _, (warning,) = read(content[:-1000])
    assert received == frames[:3]
    assert "gzip" in warning


@pytest.mark.parametrize("length", [262_145, 2**31, 2**32 - 1])
def test_absurd_record_length(length):
    content = bytearray(pcap([b"good", b"bad", b"lost"]))
    at = 24 + 16 + 4 + 8
    content[at : at + 4] = struct.pack("<I", length)
    frames, _, _, (warning,) = read(content)
    assert frames == [b"good"]
    assert f"packet 1, counted from 0: a record claims {length} byt" in warning


@pytest.mark.parametrize(
    "bad, message",
    [
        (struct.pack("<II", 6, 0), "a block claims 0 bytes"),
        (struct.pack("<II", 6, 2**32 - 4), "a block claims 4294967292 bytes"),
        (struct.pack("<II", 6, 33), "a block claims 33 bytes"),
        (struct.pack("<III", 6, 12, 16), "the two lengths of a block differ"),
        (PcapNg().block(6, bytes(8)), "a packet block is too short"),
        (PcapNg().block(2, bytes(8)), "a packet block is too short"),
        (PcapNg().block(3, b""), "a packet block is too short"),
        (PcapNg().block(1, b""), "an interface has no description"),
        (PcapNg().packet(b"abcd", captured=5), "claims 5 captured bytes"),
        (PcapNg().packet(b"x", interface=1), "names interface 1 of 1"),
        (PcapNg().simple_packet(b"x", wire_length=9), "claims 9 captured"),
        (b"\x0a\x0d\x0d\x0a" + bytes(24), "a section has no byte order mark"),
        (
            struct.pack("<3I", 0x0A0D0D0A, 2**32 - 4, 0x1A2B3C4D) + bytes(16),
            "a block claims 4294967292 bytes",
        ),
        (
            PcapNg().block(0x0A0D0D0A, b"\x4d\x3c\x2b\x1a" + bytes(16)),
            "a section has version 0, not 1",
        ),
    ],
)
def test_damage_in_pcapng(bad, message):
    section = PcapNg("<")
    good = section.section() + section.interface() + section.packet(b"good")
    frames, _, _, (warning,) = read(good + bad + section.packet(b"lost"))
    assert frames == [b"good"]
    assert "packet 1, counted from 0" in warning
    assert message in warning


# === No capture ===


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "name: the file is empty"),
        (gzip.compress(b""), "name: the file is empty"),
        (b"hello, world" * 10, "received 68656c6c as the first bytes"),
        (b"\xd4", "not a capture"),
        (pcap([])[:23], "not a capture"),
        (PcapNg().section()[:20], "not a capture"),
        (gzip.compress(b"hello"), "received 68656c6c as the first bytes"),
        (b"\x1f\x8b" + bytes(20), "gzip"),
        (b"\x1f\x8b", "gzip"),
    ],
)
def test_what_is_no_capture(content, message):
    with pytest.raises(InputError, match=message):
        read(content)


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match="none.pcap: No such file"):
        list(read_capture(tmp_path / "none.pcap"))


def test_folder(tmp_path):
    with pytest.raises(InputError, match="Is a directory"):
        list(read_capture(tmp_path))


def test_file_that_cannot_be_read_on():
    class Failing(io.BytesIO):
        def read(self, size=-1):
            raise OSError(5, "Input/output error")

    with pytest.raises(InputError, match="name: Input/output error"):
        list(read_capture(Failing(), "name"))


# === Any bytes ===

WHOLE = [
    pcap(FRAMES),
    gzip.compress(pcap(FRAMES)),
    PcapNg().section()
    + PcapNg().interface(options=PcapNg().option(9, b"\x09"))
    + PcapNg().packet(b"frame")
    + PcapNg().simple_packet(b"frame")
    + PcapNg().old_packet(b"frame"),
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(WHOLE),
    st.integers(0, 400),
    st.binary(max_size=8),
    st.integers(0, 400),
)
def test_damaged_captures_give_frames_or_an_input_error(
    content, position, patch, length
):
    content = content[:position] + patch + content[position + len(patch) :]
    try:
        frames, times, _, _ = read(content[: max(length, position)])
    except InputError:
        return
    assert len(frames) == len(times)
    assert sum(map(len, frames)) <= len(content) * 1100  # gzip's best


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([*PCAP_MAGICS.values(), b"\n\r\r\n", b"\x1f\x8b\x08", b""]),
    st.binary(max_size=200),
)
def test_arbitrary_bytes_give_frames_or_an_input_error(magic, content):
    try:
        read(magic + content)
    except InputError:
        pass
