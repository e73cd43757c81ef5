"""Compressed files as streams, in bounded memory."""

import bz2
import functools
import gzip
import io
import lzma
import zlib

from mtc_tf.errors import InputError
from mtc_tf.packets.pcap_frames import CaptureDamage
from mtc_tf.packets.raw_files import blocks_file
from mtc_tf.packets.raw_files import headed_file

# What a decompressor may keep of what it has put out. The strongest settings
# of xz need this much; other tools go up to gigabytes.
_MAX_WINDOW = 64 * 1024 * 1024
# What xz needs beside its window.
_XZ_ROOM = 2 * 1024 * 1024

_BLOCK_BYTES = 1024 * 1024
# zstd puts out all that it is given. The most that so few bytes can become is
# 8 MiB: 4 bytes can stand for a block of 128 KiB.
_PIECE_BYTES = 256
# The longest that is read at once of what surrounds a member of gzip.
_GZIP_FIELD_BYTES = 16
# Enough to tell every kind of file that is known here.
_MAGIC_BYTES = 6

_REFUSED = {
    b"\x04\x22\x4d\x18": "lz4",
    b"\x02\x21\x4c\x18": "lz4",
    b"\x1f\x9d": "compress",
    b"PK\x03\x04": "zip",
    b"7z\xbc\xaf": "7-Zip",
}


def decompressed(binary, name):
    """Gives the content of a file; told by its first bytes, not by its name.

    Args:
        binary: binary file object, read from where it stands.
        name: what messages call the file.

    Returns:
        `io.BufferedReader`. Reading raises `CaptureDamage` where the file is
        cut off or damaged, behind all that could be read.

    Raises:
        InputError: a compression that is not read.
    """
    return _buffered(raw_content(binary, name))


def raw_content(binary, name):
    """Gives the content of a file, as `decompressed`, without a buffer.

    Args:
        binary: as of `decompressed`. Of an `io.RawIOBase` nothing is copied
            but what is read into.
        name: as of `decompressed`.

    Returns:
        `io.RawIOBase`, whose `readinto` gives what is there.

    Raises:
        InputError: as of `decompressed`.
    """
    raw, head = _raw(binary), b""
    # A pipe may give its first bytes one by one.
    while piece := raw.read(_MAGIC_BYTES - len(head)):
        head += piece
    raw = headed_file(head, raw)
    for magic, program in _REFUSED.items():
        if head.startswith(magic):
            raise InputError(
                f"{name}: compressed by {program}, which is not read; "
                "decompress it first, or compress it by gzip, bzip2, xz or zstd"
            )
    for magic, blocks in _BLOCKS.items():
        if head.startswith(magic):
            return blocks_file(blocks(_buffered(raw), name))
    return raw


def _raw(binary):
    if isinstance(binary, io.RawIOBase):
        return binary
    # `read` of a buffered pipe would wait for a whole block. Of other objects
    # `read` is what their maker wrote.
    buffered = isinstance(binary, io.BufferedReader)
    read = binary.read1 if buffered else binary.read
    return blocks_file(iter(functools.partial(read, _BLOCK_BYTES), b""))


def _buffered(raw):
    return io.BufferedReader(raw, _BLOCK_BYTES)


class _Prompt:
    """Reads what is there: `GzipFile` would wait until its blocks are full.

    What stands in headers and behind members is read whole.
    """

    def __init__(self, stream):
        self._stream = stream

    def read(self, size):
        whole = size <= _GZIP_FIELD_BYTES
        return self._stream.read(size) if whole else self._stream.read1(size)


def _gzip_blocks(stream, name):
    # `read1` returns what there is before it finds that the file is cut off;
    # `read` would lose it.
    file = gzip.GzipFile(fileobj=_Prompt(stream))
    try:
        yield from iter(functools.partial(file.read1, _BLOCK_BYTES), b"")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CaptureDamage(f"gzip: {error}") from error


def _bzip2_blocks(stream, name):
    return _member_blocks(stream, "bzip2", bz2.BZ2Decompressor, OSError)


def _xz_blocks(stream, name):
    new_decompressor = functools.partial(
        lzma.LZMADecompressor, lzma.FORMAT_XZ, _MAX_WINDOW + _XZ_ROOM
    )
    return _member_blocks(stream, "xz", new_decompressor, lzma.LZMAError)


def _zstd_blocks(stream, name):
    # Loaded by those who need it, and no package that must be there.
    try:
        import zstandard
    except ImportError as error:
        raise InputError(
            f"{name}: compressed by zstd, which is read with the package "
            "zstandard: pip install zstandard"
        ) from error

    def new_decompressor():
        decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
        return _ZstdMember(decompressor.decompressobj())

    return _member_blocks(stream, "zstd", new_decompressor, zstandard.ZstdError)


class _ZstdMember:
    """A decompressor of zstd with the methods of the standard library's."""

    needs_input = True

    def __init__(self, member):
        self._member = member

    def decompress(self, data, max_length):
        return self._member.decompress(data)

    @property
    def eof(self):
        return self._member.eof

    @property
    def unused_data(self):
        return self._member.unused_data


def _member_blocks(stream, program, new_decompressor, error_class):
    """Decompresses the members of a file, one behind the other."""
    data = stream.read1(_PIECE_BYTES)
    while data:
        decompressor = new_decompressor()
        while not decompressor.eof:
            try:
                block = decompressor.decompress(data, _BLOCK_BYTES)
            except error_class as error:
                raise CaptureDamage(f"{program}: {error}") from error
            if block:
                yield block
            data = b""
            if decompressor.needs_input and not decompressor.eof:
                data = stream.read1(_PIECE_BYTES)
                if not data:
                    raise CaptureDamage(f"{program}: the file is cut off")
        data = _skip_zeros(stream, decompressor.unused_data)


def _skip_zeros(stream, data):
    """Skips what may fill the room between two members."""
    while not (data := data.lstrip(b"\0")):
        data = stream.read1(_PIECE_BYTES)
        if not data:
            break
    return data


_BLOCKS = {
    b"\x1f\x8b": _gzip_blocks,
    b"BZh": _bzip2_blocks,
    b"\xfd7zXZ\0": _xz_blocks,
    b"\x28\xb5\x2f\xfd": _zstd_blocks,
    # Frames to be skipped, as parallel compressors write them first.
    **{
        bytes((byte,)) + b"\x2a\x4d\x18": _zstd_blocks for byte in range(80, 96)
    },
}
