"""What is decompressed, in how much memory, and what is refused."""

import bz2
import functools
import gzip
import io
import lzma
import sys

import numpy as np
import pytest
import zstandard

from mtc_tf.errors import InputError
from mtc_tf.packets import compression
from mtc_tf.packets.compression import decompressed
from mtc_tf.packets.pcap_frames import CaptureDamage

COMPRESSORS = {
    "gzip": gzip.compress,
    # Level 1: the shortest blocks, of which only whole ones are given.
    "bzip2": functools.partial(bz2.compress, compresslevel=1),
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
}
# Not to be compressed, so that what is cut off is small.
CONTENT = np.random.default_rng(0).bytes(300_000)

programs = pytest.mark.parametrize("program", COMPRESSORS)


def read(content, size=100_000):
    """Reads to the end, or to where the file is damaged."""
    stream = decompressed(io.BytesIO(content), "name")
    blocks = []
    try:
        while block := stream.read1(size):
            blocks.append(block)
    except CaptureDamage as damage:
        return b"".join(blocks), str(damage)
    return b"".join(blocks), None


def test_other_content_is_given_as_it_is():
    assert read(CONTENT) == (CONTENT, None)
    assert read(b"") == (b"", None)


@programs
def test_compressed_content(program):
    assert read(COMPRESSORS[program](CONTENT)) == (CONTENT, None)


@programs
def test_nothing_compressed(program):
    assert read(COMPRESSORS[program](b"")) == (b"", None)


@programs
def test_members_follow_one_another(program):
    compress = COMPRESSORS[program]
    content = compress(b"one") + compress(b"") + bytes(2000) + compress(CONTENT)
    assert read(content) == (b"one" + CONTENT, None)


@programs
def test_content_of_many_blocks_is_read_in_pieces(program):
    content = bytes(20_000_000)
    received, damage = read(COMPRESSORS[program](content), size=4096)
    assert (received == content, damage) == (True, None)


@programs
def test_what_is_cut_off_gives_what_is_before(program):
    received, damage = read(COMPRESSORS[program](CONTENT)[:-70_000])
    assert damage.startswith(f"{program}: ")
    assert CONTENT.startswith(received)
    assert len(received) > 95_000


@programs
def test_damage(program):
    content = bytearray(COMPRESSORS[program](CONTENT))
    content[200:300] = bytes(100)
    _, damage = read(content)
    assert damage.startswith(f"{program}: ")


@programs
def test_garbage_behind_the_end(program):
    received, damage = read(COMPRESSORS[program](CONTENT) + b"garbage")
    assert received == CONTENT
    assert damage.startswith(f"{program}: ")


@programs
def test_file_whose_reads_are_short(program):
    class Pipe(io.BytesIO):
        def read(self, size=-1):
            return super().read(1)

    stream = decompressed(Pipe(COMPRESSORS[program](b"abcdef")), "name")
    assert stream.read() == b"abcdef"


def test_members_of_one_byte_are_told_by_their_joined_content():
    stream = decompressed(
        io.BytesIO(b"".join(map(gzip.compress, (b"a", b"b", b"c", b"d")))), "x"
    )
    assert stream.read(4) == b"abcd"


def test_skipped_frame_of_zstd():
    skipped = b"\x53\x2a\x4d\x18\x04\0\0\0none"
    assert read(skipped + zstandard.compress(CONTENT)) == (CONTENT, None)


@pytest.mark.parametrize(
    "content, program",
    [
        ("04224d18 6440a7", "lz4"),
        ("02214c18 000000", "lz4"),
        ("1f9d90 000000", "compress"),
        ("504b0304 140000", "zip"),
        ("377abcaf271c 00", "7-Zip"),
    ],
)
def test_compression_that_is_refused_by_name(content, program):
    message = f"^name: compressed by {program}, which is not read; decompress"
    with pytest.raises(InputError, match=message):
        read(bytes.fromhex(content))


def test_zstd_without_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(InputError, match="^name: .*pip install zstandard"):
        read(zstandard.compress(CONTENT))


def test_windows_that_are_too_large_are_refused(monkeypatch):
    monkeypatch.setattr(compression, "_MAX_WINDOW", 1024 * 1024)
    huge = zstandard.ZstdCompressionParameters(window_log=22)
    compressor = zstandard.ZstdCompressor(compression_params=huge)
    stream = compressor.compressobj()
    content = stream.compress(CONTENT) + stream.flush()
    assert "too much memory" in read(content)[1]
    assert "limit exceeded" in read(lzma.compress(CONTENT, preset=6))[1]


def test_strongest_settings_of_xz_are_read():
    assert read(lzma.compress(CONTENT, preset=9)) == (CONTENT, None)
