"""Captures from pipes: what is given when, and what ends them."""

import bz2
import gzip
import io
import lzma
import os
import threading
import time
import zlib

import pytest
from capture_bytes import PcapNg
from capture_bytes import pcap

from mtc_tf.errors import InputError
from mtc_tf.packets import capture_stream
from mtc_tf.packets.capture_stream import read_stream

FRAMES = [b"first frame", b"", b"third frame, longer"]


def _frames(batch):
    return [
        batch.data[start : start + length].tobytes()
        for start, length in zip(batch.starts, batch.lengths, strict=True)
    ]


def _next_frames(batches):
    """Frames of the next batch that has any."""
    deadline = time.monotonic() + 20
    for batch in batches:
        if len(batch):
            return _frames(batch)
        assert time.monotonic() < deadline
    return None


@pytest.fixture
def pipe():
    """A pipe: what reads from it, and a function that writes to it."""
    reading, writing = os.pipe()
    with open(reading, "rb", 0) as source, open(writing, "wb", 0) as sink:
        yield source, sink


def _pcapng(frames):
    section = PcapNg()
    blocks = [section.section(), section.interface()]
    return b"".join([*blocks, *map(section.packet, frames)])


def _flushed_gzip(content):
    compressor = zlib.compressobj(wbits=31)
    return compressor.compress(content) + compressor.flush(zlib.Z_SYNC_FLUSH)


@pytest.mark.parametrize("write", [pcap, _pcapng])
@pytest.mark.parametrize("pack", [bytes, _flushed_gzip])
def test_frames_are_given_before_the_stream_ends(write, pack, pipe):
    source, sink = pipe
    batches = read_stream(source, "-", [])
    sink.write(pack(write(FRAMES)))
    assert _next_frames(batches) == FRAMES
    assert len(next(batches)) == 0
    sink.close()
    assert _next_frames(batches) is None


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress, gzip.compress])
def test_compressed_streams(pack):
    batches = read_stream(io.BytesIO(pack(pcap(FRAMES))), "-", [])
    assert _next_frames(batches) == FRAMES
    assert _next_frames(batches) is None


def test_half_a_frame_does_not_hold_up_those_before(pipe):
    source, sink = pipe
    warnings = []
    batches = read_stream(source, "-", warnings)
    content = pcap(FRAMES)
    sink.write(content[:-5])
    assert _next_frames(batches) == FRAMES[:2]
    sink.write(content[-5:])
    assert _next_frames(batches) == FRAMES[2:]
    sink.write(b"half of a header"[:8])
    sink.close()
    assert _next_frames(batches) is None
    [warning] = warnings
    assert warning.startswith("cut off or damaged at packet 3")


def test_time_passes_before_anything_comes(pipe):
    source, _ = pipe
    batch = next(read_stream(source, "-", []))
    assert len(batch) == 0


def test_chunks_count_on_and_are_bounded(monkeypatch):
    monkeypatch.setattr(capture_stream, "CHUNK_FRAMES", 2)
    content = io.BytesIO(pcap(FRAMES * 3))
    batches = [batch for batch in read_stream(content, "-", []) if len(batch)]
    assert [
        frame for batch in batches for frame in _frames(batch)
    ] == FRAMES * 3
    position = 0
    for batch in batches:
        assert len(batch) <= 2
        assert batch.first_number == position
        position += len(batch)


def test_packets_without_a_time_are_counted():
    section = PcapNg()
    blocks = [section.section(), section.interface()]
    content = b"".join([*blocks, section.simple_packet(b"frame")])
    warnings = []
    assert list(map(len, read_stream(io.BytesIO(content), "-", warnings)))
    assert warnings == ["1 packets carry no time; they got the time 0"]


def test_what_is_no_capture():
    with pytest.raises(InputError, match="x: not a capture; expected a whole"):
        list(read_stream(io.BytesIO(b"hello"), "x", []))


def test_file_that_is_missing(tmp_path):
    with pytest.raises(InputError, match="none: No such file or directory"):
        list(read_stream(tmp_path / "none", "none", []))


def test_pipe_with_a_name_is_opened_when_somebody_writes(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    batches = read_stream(path, "pipe", [])
    assert len(next(batches)) == 0
    with path.open("wb", 0) as sink:
        sink.write(pcap(FRAMES))
        assert _next_frames(batches) == FRAMES


def test_reading_ends_with_the_reader(monkeypatch):
    class File(io.BytesIO):
        """Is read piece by piece."""

        def read(self, size):
            return super().read(1000)

    monkeypatch.setattr(capture_stream, "CHUNK_FRAMES", 2)
    before = set(threading.enumerate())
    file = File(pcap(FRAMES * 10_000))
    batches = read_stream(file, "-", [])
    assert len(_next_frames(batches)) == 2
    [thread] = set(threading.enumerate()) - before
    batches.close()
    thread.join(20)
    assert not thread.is_alive()
    assert file.tell() < len(file.getvalue())


def test_file_is_closed_with_the_reader(monkeypatch, tmp_path):
    monkeypatch.setattr(capture_stream, "CHUNK_FRAMES", 2)
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap(FRAMES * 10))
    before = set(threading.enumerate())
    batches = read_stream(path, "x", [])
    _next_frames(batches)
    [thread] = set(threading.enumerate()) - before
    batches.close()
    thread.join(20)
    handles = [
        f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")
    ]
    assert str(path) not in [os.path.realpath(handle) for handle in handles]


def test_buffered_pipe_does_not_wait():
    reading, writing = os.pipe()
    with open(reading, "rb") as source, open(writing, "wb", 0) as sink:
        sink.write(pcap(FRAMES))
        assert _next_frames(read_stream(source, "-", [])) == FRAMES
