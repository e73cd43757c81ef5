"""TFRecord files, without TensorFlow.

Of each record they hold its length, a checksum of that, its bytes, and a
checksum of these; all numbers are little-endian.
"""

import struct

import google_crc32c
import numpy as np

from mtc_tf.errors import InputError

_HEAD = np.dtype([("length", "<u8"), ("checksum", "<u4")])
_LENGTH = struct.Struct("<Q")
_CHECKSUM_BYTES = 4
_AROUND = _HEAD.itemsize + _CHECKSUM_BYTES
# Checksums are stored rotated and with this added: one of data that holds
# checksums would be a weak one.
_ADDED = 0xA282EAD8
# A damaged length may be more than there is memory for.
_MOST_BYTES = 1 << 31
_READ_BYTES = 1 << 18


def write_records(path, batches):
    """Writes a TFRecord file.

    Args:
        path: `epath.Path` or `pathlib.Path`.
        batches: iterable of lists of bytes, each of some thousand records.

    Raises:
        OSError: if it cannot be written.
    """
    with path.open("wb") as file:
        for records in batches:
            pieces = [b""] * (3 * len(records))
            pieces[0::3] = _heads(records)
            pieces[1::3] = records
            pieces[2::3] = _checksums(records).view("V4").tolist()
            file.write(b"".join(pieces))


def read_records(path):
    """Reads the records of a TFRecord file.

    Args:
        path: path.

    Yields:
        bytes.

    Raises:
        InputError: if the file ends within a record, or a checksum is wrong.
    """
    for content, ends in _blocks(path):
        begins = [0, *ends[:-1]]
        records = [
            content[begin + _HEAD.itemsize : end - _CHECKSUM_BYTES]
            for begin, end in zip(begins, ends, strict=False)
        ]
        stored = [content[end - _CHECKSUM_BYTES : end] for end in ends]
        if b"".join(stored) != _checksums(records).tobytes():
            raise InputError(f"{path} is damaged: a checksum is wrong")
        yield from records


def count_records(path):
    """Counts the records of a TFRecord file, by their lengths alone.

    Args:
        path: path.

    Returns:
        int.

    Raises:
        InputError: if the file ends within a record.
    """
    return sum(len(ends) for _, ends in _blocks(path))


def _blocks(path):
    """Reads whole records, many at a time.

    Yields:
        tuple `(content, ends)`: bytes that begin with a record, and a list of
        the places where the records end.
    """
    content, wanted = b"", 0
    with path.open("rb") as file:
        while more := file.read(max(_READ_BYTES, wanted)):
            content += more
            ends, begin = [], 0
            while begin + _HEAD.itemsize <= len(content):
                [size] = _LENGTH.unpack_from(content, begin)
                end = begin + _AROUND + size
                if end > len(content):
                    # A damaged length may be more than there is memory for.
                    wanted = min(end - len(content), _MOST_BYTES)
                    break
                ends.append(end)
                begin = end
            yield content, ends
            content = content[begin:]
    if content:
        raise InputError(f"{path} is damaged: it ends within a record")


def _heads(records):
    """What stands in front of each record, a list of bytes."""
    lengths = np.array(list(map(len, records)), np.uint64)
    # Of the lengths there are far fewer than records.
    different, places = np.unique(lengths, return_inverse=True)
    checksums = np.array(
        [google_crc32c.value(_LENGTH.pack(x)) for x in different.tolist()],
        np.uint32,
    )
    heads = np.empty(len(records), _HEAD)
    heads["length"] = lengths
    heads["checksum"] = _masked(checksums)[places]
    return heads.view(f"V{_HEAD.itemsize}").tolist()


def _checksums(records):
    """Checksums of records as they are stored, a uint32 array."""
    return _masked(np.array(list(map(google_crc32c.value, records)), np.uint32))


def _masked(checksums):
    rotated = checksums >> np.uint32(15) | checksums << np.uint32(17)
    return (rotated + np.uint32(_ADDED)).astype("<u4")
