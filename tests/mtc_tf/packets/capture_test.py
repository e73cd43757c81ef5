"""Containers: what is read, and what is said about what cannot be read."""

import bz2
import gzip
import io
import lzma
import struct
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
import zstandard
from capture_bytes import PCAP_MAGICS
from capture_bytes import PcapNg
from capture_bytes import pcap
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from mtc_tf.errors import InputError
from mtc_tf.packets import frame_batches
from mtc_tf.packets.capture import read_capture
from mtc_tf.packets.pcapng_frames import PcapNgFrames

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


def test_nanoseconds_are_rounded_once():
    fractions = [444_223_380, 999_999_999, 500, 499]
    content = bytearray(pcap([b"x"] * 4, nanoseconds=True, fractions=fractions))
    for record in range(4):
        at = 24 + record * 17
        content[at : at + 4] = struct.pack("<I", 1_700_000_000)
    (batch,) = read_capture(io.BytesIO(content), "name")
    assert batch.microseconds.dtype == np.int64
    assert (batch.microseconds - 1_700_000_000_000_000).tolist() == [
        444_223,
        1_000_000,
        1,
        0,
    ]
    assert batch.timestamps.tolist() == [
        (1_700_000_000_000_000_000 + fraction) / 1_000_000_000
        for fraction in fractions
    ]


def test_times_after_2038():
    content = bytearray(pcap([b"x"] * 2, fractions=[1, 999_999]))
    content[24:28] = struct.pack("<I", 2_147_483_653)
    content[41:45] = struct.pack("<I", 4_294_967_295)
    (batch,) = read_capture(io.BytesIO(content), "name")
    assert batch.microseconds.tolist() == [
        2_147_483_653_000_001,
        4_294_967_295_999_999,
    ]
    assert batch.timestamps.tolist() == [2147483653.000001, 4294967295.999999]


@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_modified_pcap_of_kuznetzov(byte_order):
    parts = [
        struct.pack(f"{byte_order}IHHiIII", 0xA1B2CD34, 2, 4, 0, 0, 65535, 113)
    ]
    for second, frame in enumerate(FRAMES):
        lengths = len(frame), len(frame)
        fields = second, 250_000, *lengths, 2, 8, 0, 0
        parts += struct.pack(f"{byte_order}5IHBB", *fields), frame
    frames, times, link_types, warnings = read(b"".join(parts))
    assert frames == FRAMES
    assert times == [0.25, 1.25, 2.25]
    assert link_types == [113] * 3
    assert warnings == []


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


def test_clock_of_powers_of_2(section):
    clock = section.option(9, b"\x9f")  # 2**31 ticks a second
    content = section.section()
    content += section.interface(snap_length=0xFFFFFFFF, options=clock)
    for quarters in range(4):
        seconds = 1_700_000_000 + 1.25 * quarters
        content += section.packet(b"x", ticks=int(seconds * 2**31))
    _, times, _, warnings = read(content)
    assert times == [1.7e9, 1.7e9 + 1.25, 1.7e9 + 2.5, 1.7e9 + 3.75]
    assert warnings == []


def test_clock_that_is_set_back():
    section = PcapNg()
    back = section.option(14, struct.pack("<q", -1000))
    content = section.section() + section.interface(options=back)
    content += section.packet(b"x", ticks=1_700_001_000_500_000)
    content += section.packet(b"x", ticks=0)
    assert read(content)[1] == [1700000000.5, -1000.0]


@pytest.mark.parametrize("resolution", [0x00, 0x7F, 0x80, 0xFF])
@pytest.mark.parametrize("seconds", [-(2**63), 0, 2**63 - 1])
def test_clocks_beyond_every_calendar(resolution, seconds):
    section = PcapNg()
    options = section.option(9, bytes([resolution]))
    options += section.option(14, struct.pack("<q", seconds))
    content = section.section() + section.interface(options=options)
    content += section.packet(b"x", ticks=2**64 - 1)
    (batch,) = read_capture(io.BytesIO(content), "name")
    received = float(batch.microseconds[0])
    expected = min(max(batch.timestamps[0] * 1e6, -(2.0**63)), 2.0**63)
    assert received == pytest.approx(expected, rel=1e-9, abs=1)


def test_equal_interfaces_are_kept_once():
    section = PcapNg()
    content = section.section() + section.interface() * 10_000
    stream = io.BytesIO(content[4:])
    tracemalloc.start()
    assert list(PcapNgFrames(stream, content[:4])) == []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # References of 8 bytes, in a list with room to grow.
    assert peak < 250_000


def test_time_that_a_float_of_ticks_cannot_hold():
    section = PcapNg()
    ticks = 2_121_167_162_699_269_654
    content = section.section() + section.interface()
    content += section.packet(b"x", ticks=ticks)
    (batch,) = read_capture(io.BytesIO(content), "name")
    assert batch.timestamps.tolist() == [ticks / 1_000_000]
    assert batch.microseconds.tolist() == [ticks]


def test_options_that_contradict_themselves_are_passed_over(section):
    options = section.option(9, b"\x03\x03")  # two bytes for one
    options += section.option(14, b"\x01")
    options += section.option(9, b"\x03") + section.option(0, b"")
    options += section.option(9, b"\x09")  # behind the end
    content = section.section() + section.interface(options=options)
    content += section.packet(b"x", ticks=2500)
    content += section.interface(options=section.option(9, b"")[:2] + b"\xff")
    content += section.packet(b"x", ticks=2_500_000, interface=1)
    assert read(content)[1] == [2.5, 2.5]


def test_room_behind_the_options_of_a_packet():
    section = PcapNg()
    options = section.option(1, b"a comment") + section.option(0, b"")
    content = section.section() + section.interface()
    for number in range(5):
        content += section.packet(
            b"frame", ticks=number * 1_000_000, options=options + bytes(40)
        )
    frames, times, _, warnings = read(content)
    assert frames == [b"frame"] * 5
    assert times == [0, 1, 2, 3, 4]
    assert warnings == []


def test_section_of_a_later_minor_version():
    section = PcapNg()
    content = bytearray(section.section())
    content[14] = 2
    content += section.interface() + section.packet(b"x")
    assert read(bytes(content))[0] == [b"x"]


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


# === Chunks ===


def test_chunks_count_on(monkeypatch):
    monkeypatch.setattr(frame_batches, "CHUNK_FRAMES", 2)
    batches = list(read_capture(io.BytesIO(pcap(FRAMES)), "name"))
    assert [len(batch) for batch in batches] == [2, 1]
    assert [batch.first_number for batch in batches] == [0, 2]


def test_chunks_of_large_frames_are_smaller():
    content = pcap([bytes(200_000)] * 50)
    sizes = [len(batch) for batch in read_capture(io.BytesIO(content), "name")]
    assert sizes == [20, 20, 10]


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


@pytest.mark.parametrize("gzipped", [False, True])
def test_captures_appended_to_one_another(gzipped):
    """Members of gzip are read; what a tool appends to a pcap is damage."""
    one = pcap([b"a" * 20] * 3)
    other = bytearray(pcap([b"b" * 20] * 2))
    other[24:28] = struct.pack("<I", 1_700_000_000)
    if gzipped:
        # The header is not repeated when a member holds records only.
        content = gzip.compress(one) + gzip.compress(other[24:])
        assert read(content)[0] == [b"a" * 20] * 3 + [b"b" * 20] * 2
        return
    frames, _, _, warnings = read(one + other)
    # The second header reads as the header of a record without bytes.
    assert frames == [b"a" * 20] * 3 + [b""]
    assert len(warnings) == 1


def test_more_bytes_captured_than_were_on_the_wire():
    frames = [bytes(74)] * 5
    content = pcap(frames, wire_lengths=[20, 60, 74, 0, 74])
    (batch,) = read_capture(io.BytesIO(content), "name")
    assert batch.lengths.tolist() == [74] * 5
    assert batch.wire_lengths.tolist() == [20, 60, 74, 0, 74]


def test_zeros_behind_the_end_are_empty_records():
    frames, _, _, warnings = read(pcap([b"frame"] * 5) + bytes(4096))
    assert frames == [b"frame"] * 5 + [b""] * 256
    assert warnings == []


@pytest.mark.parametrize(
    "compress", [gzip.compress, bz2.compress, lzma.compress, zstandard.compress]
)
def test_compressed_captures_are_told_by_content(compress):
    frames, _, _, warnings = read(compress(pcap(FRAMES)))
    assert frames == FRAMES
    assert warnings == []


def test_compression_that_is_not_read_is_named():
    with pytest.raises(InputError, match="name: compressed by lz4, which is"):
        read(bytes.fromhex("04224d18 6440a798 00000086 d4c3b2a1"))


def test_too_many_interfaces():
    section = PcapNg()
    content = section.section() + section.interface()
    content += section.packet(b"good")
    content += section.interface() * 65_536
    frames, _, _, (warning,) = read(content)
    assert frames == [b"good"]
    assert "a section has more than 65536 interfaces" in warning


def test_too_many_options_of_an_interface():
    section = PcapNg()
    good = section.section() + section.interface() + section.packet(b"good")
    many = section.interface(options=section.option(1, b"") * 1025)
    frames, _, _, (warning,) = read(good + many)
    assert frames == [b"good"]
    assert "an interface has more than 1024 options" in warning


# Runs in a process of its own: the peak of this one is that of the suite.
_PEAK_MEMORY = """
import sys
import tracemalloc
from mtc_tf.errors import InputError
from mtc_tf.packets import preprocess_capture
for path in sys.argv[1:]:
    try:
        for _ in preprocess_capture(path):
            pass
    except InputError:
        pass
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if "VmHWM" in line))
print("tensorflow" in sys.modules)
"""


def bombs():
    """Small files that other readers need hundreds of megabytes for."""
    section = PcapNg()
    start = section.section()
    names = section.option(2, b"n" * 60_000) * 200
    interfaces = section.interface() * 100_000
    different = b"".join(map(section.interface, [1] * 65_536, range(65_536)))
    frames = pcap([bytes(250_000)] * 40)
    # No member repeats the header.
    records = frames[24:] * 2
    wide = zstandard.ZstdCompressionParameters.from_level(1, window_log=26)
    wider = zstandard.ZstdCompressionParameters.from_level(1, window_log=27)
    return {
        "interfaces": gzip.compress(start + interfaces, 1),
        "different": gzip.compress(start + different, 1),
        "names": gzip.compress(start + section.interface(options=names) * 2, 1),
        "block": start + section.block(10, bytes(16_000_000)),
        "gzip": gzip.compress(frames, 1) + gzip.compress(records, 1) * 6,
        "bzip2": bz2.compress(frames) + bz2.compress(frames[24:]) * 4,
        "xz": lzma.compress(frames + records * 2, preset=0),
        "zstd": zstandard.ZstdCompressor(compression_params=wide).compress(
            frames + records * 4
        ),
        "wider": zstandard.ZstdCompressor(compression_params=wider).compress(
            frames + records * 4
        ),
    }


def test_any_capture_is_read_in_150_mb(tmp_path):
    for name, content in bombs().items():
        (tmp_path / name).write_bytes(content)
    process = subprocess.run(
        [sys.executable, "-c", _PEAK_MEMORY, *map(str, tmp_path.iterdir())],
        capture_output=True,
        check=True,
        text=True,
    )
    assert process.stderr == ""
    kilobytes, has_tensorflow = process.stdout.split()
    assert int(kilobytes) * 1024 < 150e6
    assert has_tensorflow == "False"


# === No capture ===


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "name: the file is empty"),
        (gzip.compress(b"", mtime=0), "name: the file is empty"),
        (b"hello, world" * 10, "received 68656c6c as the first bytes"),
        (b"\xd4", "not a capture"),
        (pcap([])[:23], "not a capture"),
        (PcapNg().section()[:20], "not a capture"),
        (
            gzip.compress(b"hello", mtime=0),
            "received 68656c6c as the first bytes",
        ),
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


@settings(max_examples=100, deadline=None)
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


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([*PCAP_MAGICS.values(), b"\n\r\r\n", b"\x1f\x8b\x08", b""]),
    st.binary(max_size=200),
)
def test_arbitrary_bytes_give_frames_or_an_input_error(magic, content):
    try:
        read(magic + content)
    except InputError:
        pass
