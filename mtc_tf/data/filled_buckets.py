"""The rows of some captures -> buckets, once, also after an interruption."""

import hashlib
import json
import pickle
import uuid

from mtc_tf.data.capture_scan import with_packets
from mtc_tf.data.kept_arrays import SUFFIX
from mtc_tf.data.kept_arrays import keep_arrays
from mtc_tf.data.kept_arrays import kept_arrays
from mtc_tf.data.row_buckets import BucketFile
from mtc_tf.data.row_buckets import RowBuckets
from mtc_tf.data.row_buckets import row_keys
from mtc_tf.data.waiting_file import is_sealed


def fill_buckets(encode, scans, folder, buckets):
    """Encodes the rows of some captures and puts them into buckets.

    Where the buckets lie is kept in the folder: the same rows are not encoded
    again.

    Args:
        encode: function of a capture and what its rows have in common, as of
            `mtc_tf.data.encoded_rows`.
        scans: list of tuples, as of `CaptureDataset.scans_with_known`.
        folder: `pathlib.Path` or `epath.Path`, in which the buckets' file gets
            a name of its own.
        buckets: as of `RowBuckets`.

    Returns:
        `BucketFile`.

    Raises:
        InputError: as of `RowBuckets` and `with_packets`.
    """
    captures = [
        item
        for scan, known in scans
        for item in zip(scan.captures(), known, strict=True)
    ]
    path = folder / f"{_key(encode, captures, buckets)}{SUFFIX}"
    file = _kept(path)
    if file is None:
        filled = _fill(encode, captures, folder, buckets)
        file = filled.file
        _keep(path, file, filled.seal)
    return file


def forget_buckets(folder):
    """Has all rows encoded again, for they are not what they should be.

    Args:
        folder: as of `fill_buckets`.
    """
    for path in folder.glob(f"*{SUFFIX}"):
        path.unlink()


def _fill(encode, captures, folder, buckets):
    path = folder / f"{uuid.uuid4().hex}.rows"
    with RowBuckets(path, buckets) as filled:
        for capture, known in captures:
            for part, numbers, examples in encode(with_packets(capture), known):
                keys = row_keys(part, capture.name, numbers)
                filled.add(part, keys, examples)
    return filled


def _key(encode, captures, buckets):
    """What is the same where the same rows would go to the same buckets."""
    digest = hashlib.sha256(pickle.dumps((encode, buckets)))
    for capture, known in captures:
        digest.update(json.dumps([capture.source.key, known]).encode())
        digest.update(capture.parts.tobytes())
    return digest.hexdigest()


def _keep(path, file, seal):
    keep_arrays(path, file.blocks, {"file": file.path.name, "seal": seal})


def _kept(path):
    """The file that holds the rows if they are encoded already, else None."""
    kept = kept_arrays(path)
    if kept is None:
        return None
    blocks, about = kept
    file = path.with_name(about["file"])
    return BucketFile(file, blocks) if is_sealed(file, about["seal"]) else None
