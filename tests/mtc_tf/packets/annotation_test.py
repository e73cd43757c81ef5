import gzip
import io
import json
import shutil
import struct
import subprocess

import pytest
from capture_bytes import PcapNg
from capture_bytes import ethernet
from capture_bytes import ipv4
from capture_bytes import pcap
from capture_bytes import udp

from mtc_tf.errors import InputError
from mtc_tf.packets import pcapng_blocks
from mtc_tf.packets.annotation import AnnotationReport
from mtc_tf.packets.annotation import annotate
from mtc_tf.packets.capture import read_capture

# Of three lengths in steps of four bytes.
FRAMES = [ethernet(ipv4(udp(b"x" * size), 17)) for size in (1, 2, 400)]
COMMENTS = [(0, "application: Größe 0.98"), (2, "b")]


def _annotate(folder, content, comments=COMMENTS):
    path = folder / "in.pcap"
    path.write_bytes(content)
    output, report = io.BytesIO(), AnnotationReport()
    annotate(io.BytesIO(content), comments, output, report, "x")
    return output.getvalue(), report


def _packets(content):
    """Frames, exact times, lengths and link types as our reader sees them."""
    packets = []
    for batch in read_capture(io.BytesIO(content), "x"):
        for row, start in enumerate(batch.starts):
            end = start + batch.lengths[row]
            packets.append(
                (
                    batch.data[start:end].tobytes(),
                    batch.timestamps[row],
                    batch.wire_lengths[row],
                    batch.link_types[row],
                )
            )
    return packets


def _blocks(content):
    """Kinds and whole blocks of a little-endian pcapng."""
    blocks, start = [], 0
    while start < len(content):
        kind, size = struct.unpack_from("<2I", content, start)
        blocks.append((kind, content[start : start + size]))
        start += size
    return blocks


@pytest.mark.parametrize("byte_order", "<>")
@pytest.mark.parametrize("nanoseconds", [False, True])
@pytest.mark.parametrize("link_type", [1, 101, 276])
def test_packets_of_pcap_stay_as_they_are(
    byte_order, nanoseconds, link_type, tmp_path
):
    content = pcap(
        FRAMES,
        link_type,
        byte_order,
        nanoseconds,
        fractions=[1, 999_999, 123_456],
        wire_lengths=[60, 70, 2000],
    )
    output, report = _annotate(tmp_path, content)
    assert _packets(output) == _packets(content)
    assert (report.packets, report.comments, report.damage) == (3, 2, "")


def test_nanoseconds_are_exact(tmp_path):
    content = pcap(FRAMES, nanoseconds=True, fractions=[7, 999_999_999, 1])
    output, _ = _annotate(tmp_path, content)
    times = [
        struct.unpack_from("<2I", block, 12)
        for kind, block in _blocks(output)
        if kind == 6
    ]
    assert times == [(0, 7), (0, 1_999_999_999), (0, 2_000_000_001)]


def test_frame_check_sequences_are_told(tmp_path):
    # Known, and of two 16-bit words.
    content = pcap(FRAMES, link_type=1 | 1 << 26 | 2 << 28)
    output, _ = _annotate(tmp_path, content)
    _, (_, interface), *_ = _blocks(output)
    assert PcapNg().option(13, b"\x20") in interface
    assert _packets(output) == _packets(content)


@pytest.mark.parametrize("byte_order", "<>")
def test_blocks_of_pcapng_stay_as_they_are(byte_order, tmp_path):
    ng = PcapNg(byte_order)
    hash_option = ng.option(3, b"\x02abcd")
    end = ng.option(0, b"")
    comment = ng.option(1, COMMENTS[0][1].encode())
    other = ng.option(1, b"b")
    before = [
        ng.section(),
        ng.interface(options=ng.option(9, b"\x09") + end),
        ng.block(4, b"names of hosts"),
        ng.packet(FRAMES[0], 12, options=hash_option + end),
        ng.packet(FRAMES[1], 13),
        ng.block(0x0BAD, b"of another program"),
        ng.old_packet(FRAMES[2], 14),
        ng.block(5, b"statistics  "),
    ]
    after = list(before)
    after[3] = ng.packet(FRAMES[0], 12, options=comment + hash_option + end)
    padded = FRAMES[2] + bytes(-len(FRAMES[2]) % 4)
    old = struct.pack(
        f"{byte_order}HHIIII", 0, 0, 0, 14, len(FRAMES[2]), len(FRAMES[2])
    )
    after[6] = ng.block(2, old + padded + other + end)
    output, report = _annotate(tmp_path, b"".join(before))
    assert output == b"".join(after)
    assert (report.packets, report.comments) == (3, 2)


def test_sections_in_two_byte_orders(tmp_path):
    parts = [
        part
        for order in "<>"
        for ng in [PcapNg(order)]
        for part in (ng.section(), ng.interface(), ng.packet(FRAMES[0]))
    ]
    output, report = _annotate(tmp_path, b"".join(parts), [(0, "a"), (1, "b")])
    assert report.comments == 2
    assert _packets(output) == _packets(b"".join(parts))
    big = PcapNg(">")
    comment = big.option(1, b"b") + big.option(0, b"")
    assert output.endswith(big.packet(FRAMES[0], options=comment))


def test_length_of_a_section_is_given_up(tmp_path):
    ng = PcapNg()
    rest = ng.interface() + ng.packet(FRAMES[0])
    head = bytearray(ng.section())
    head[16:24] = struct.pack("<q", len(rest))
    output, _ = _annotate(tmp_path, bytes(head) + rest)
    assert output.startswith(ng.section())


def test_packet_without_room_for_a_comment(tmp_path):
    ng = PcapNg()
    content = ng.section() + ng.interface() + ng.simple_packet(FRAMES[0])
    output, report = _annotate(tmp_path, content)
    assert output == content
    assert (report.packets, report.comments, report.without_room) == (1, 0, 1)


@pytest.mark.parametrize("kind", ["pcap", "pcapng"])
def test_damaged_capture_is_written_up_to_the_damage(kind, tmp_path):
    ng = PcapNg()
    content = {
        "pcap": pcap(FRAMES),
        "pcapng": ng.section()
        + ng.interface()
        + b"".join(map(ng.packet, FRAMES)),
    }[kind]
    output, report = _annotate(tmp_path, content[:-3])
    assert [frame for frame, *_ in _packets(output)] == FRAMES[:2]
    assert report.damage.startswith("the file ends inside a ")


@pytest.mark.parametrize("size", [11, 13, 2**30])
def test_block_of_a_length_that_cannot_be(size, tmp_path):
    ng = PcapNg()
    content = ng.section() + struct.pack("<2I", 6, size) + bytes(20)
    output, report = _annotate(tmp_path, content)
    assert output == ng.section()
    assert report.damage == f"a block claims {size} bytes"


def test_packet_that_is_longer_than_its_block(tmp_path):
    ng = PcapNg()
    content = ng.section() + ng.interface() + ng.packet(b"x", captured=50)
    _, report = _annotate(tmp_path, content)
    assert report.damage == "a packet claims 50 captured bytes"


def test_what_is_no_capture(tmp_path):
    with pytest.raises(InputError, match="x: not a capture"):
        _annotate(tmp_path, b"text")


def test_block_that_would_grow_too_long(tmp_path, monkeypatch):
    monkeypatch.setattr(pcapng_blocks, "MAX_BLOCK_LENGTH", 100)
    ng = PcapNg()
    content = ng.section() + ng.interface() + ng.packet(FRAMES[0])
    output, report = _annotate(tmp_path, content)
    assert output == content and report.without_room == 1


def test_compressed_capture(tmp_path):
    output, _ = _annotate(tmp_path, gzip.compress(pcap(FRAMES)))
    assert _packets(output) == _packets(pcap(FRAMES))


def test_comments_are_drawn_one_by_one():
    """Each when the one before is written: memory does not grow with them."""
    drawn, written = [], []

    def comments():
        for number in range(3):
            drawn.append(len(written))
            yield number, "a"

    class Output:
        def write(self, block):
            written.append(block)

    capture = io.BytesIO(pcap(FRAMES))
    annotate(capture, comments(), Output(), AnnotationReport(), "x")
    # Behind the section and the interface, one by one.
    assert drawn == [0, 2, 3]


needs_tshark = pytest.mark.skipif(
    shutil.which("tshark") is None, reason="tshark is not installed"
)


def _tshark(path):
    """What tshark reads of each packet: bytes, time, lengths, comment."""
    printed = subprocess.run(
        ["tshark", "-r", path, "-T", "json", "-x"],
        capture_output=True,
        text=True,
    )
    assert printed.returncode == 0, printed.stderr
    packets = []
    for packet in json.loads(printed.stdout):
        layers = packet["_source"]["layers"]
        frame = layers["frame"]
        comments = layers.get("pkt_comment", {})
        packets.append(
            (
                layers["frame_raw"][0],
                frame["frame.time_epoch"],
                frame["frame.len"],
                frame["frame.encap_type"],
                comments.get("frame.comment"),
            )
        )
    return packets


@needs_tshark
@pytest.mark.parametrize("kind", ["pcap", "pcapng"])
def test_wireshark_shows_comments_and_equal_packets(kind, tmp_path):
    ng = PcapNg(">")
    clock = ng.option(9, b"\x09") + ng.option(0, b"")
    content = {
        "pcap": pcap(FRAMES, nanoseconds=True, fractions=[1, 2, 999_999_999]),
        "pcapng": ng.section()
        + ng.interface(options=clock)
        + b"".join(ng.packet(frame, 10**18 + 1) for frame in FRAMES),
    }[kind]
    output, _ = _annotate(tmp_path, content)
    (tmp_path / "out.pcapng").write_bytes(output)
    before = _tshark(tmp_path / "in.pcap")
    after = _tshark(tmp_path / "out.pcapng")
    assert [packet[:-1] for packet in after] == [x[:-1] for x in before]
    assert [packet[-1] for packet in after] == [COMMENTS[0][1], None, "b"]
