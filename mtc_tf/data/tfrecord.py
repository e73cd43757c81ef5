"""TFRecord files, without TensorFlow.

Of each record they hold its length, a checksum of that, its bytes, and a
checksum of these; all numbers are little-endian.
"""

import itertools
import struct

import google_crc32c
import numpy as np

from mtc_tf.errors import InputError

_HEAD = np.dtype([("length", "<u8"), ("checksum", "<u4")])
_LENGTH = struct.Struct("<Q")
_CHECKSUM = struct.Struct("<I")
# Checksums are stored rotated and with this added: one of data that holds
# checksums would be a weak one.
_ADDED = 0xA282EAD8
# A damaged length may be more than there is memory for.
_MOST_BYTES = 1 << 31
# Records that are put together for one write.
_BATCH = 4096


def write_records(path, records):
    """Writes a TFRecord file.

    Args:
        path: `epath.Path` or `pathlib.Path`.
        records: iterable of bytes.

    Raises:
        OSError: if it cannot be written.
    """
    records = iter(records)
    with path.open("wb") as file:
        while batch := list(itertools.islice(records, _BATCH)):
            pieces = [b""] * (3 * len(batch))
            pieces[0::3] = _heads(batch)
            pieces[1::3] = batch
            checksums = np.fromiter(
                map(google_crc32c.value, batch), np.uint32, len(batch)
            )
            pieces[2::3] = _masked(checksums).view("V4").tolist()
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
    with path.open("rb") as file:
        while head := file.read(_HEAD.itemsize):
            record = b""
            if len(head) == _HEAD.itemsize:
                [size] = _LENGTH.unpack_from(head)
                record = file.read(min(size, _MOST_BYTES) + _CHECKSUM.size)
            if (
                len(head) < _HEAD.itemsize
                or len(record) != size + _CHECKSUM.size
            ):
                raise InputError(f"{path} is damaged: it ends within a record")
            content = record[: -_CHECKSUM.size]
            checksum = _masked_number(google_crc32c.value(content))
            if record[-_CHECKSUM.size :] != _CHECKSUM.pack(checksum):
                raise InputError(f"{path} is damaged: a checksum is wrong")
            yield content


def _heads(records):
    """What stands in front of each record, a list of bytes."""
    lengths = np.fromiter(map(len, records), np.uint64, len(records))
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


def _masked(checksums):
    """Checksums as they are stored, a uint32 array."""
    rotated = checksums >> np.uint32(15) | checksums << np.uint32(17)
    return (rotated + np.uint32(_ADDED)).astype("<u4")


def _masked_number(checksum):
    rotated = checksum >> 15 | checksum << 17
    return rotated + _ADDED & 0xFFFFFFFF
