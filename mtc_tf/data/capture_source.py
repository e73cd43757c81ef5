"""What a labelled capture is read from."""

import dataclasses
import functools
import hashlib
import json
import os

from etils import epath

import mtc_tf
from mtc_tf.data.flow_labels import FlowLabels
from mtc_tf.data.whole_path import whole_path


@dataclasses.dataclass(frozen=True)
class CaptureSource:
    """A capture, the labels of its flows, and how its packets are prepared.

    Args:
        path: `pathlib.Path` or `epath.Path`, a whole one.
        flow_labels: `FlowLabels`. Flows without labels are left out.
        name: str. Name of the capture.
        recipe: str. Recipe of `mtc_tf.packets.preprocess_capture`.
        nbytes: int. Size of the file.
        key: str. What was found in a capture with this key is found again; as
            for `make`, a file of the same size and time is the same file.
    """

    path: object
    flow_labels: FlowLabels
    name: str
    recipe: str
    nbytes: int
    key: str

    @classmethod
    def of(cls, path, flow_labels, *, name, recipe):
        """Makes one of a file as it is now.

        Args:
            path: path of the capture.
            flow_labels: as above.
            name: as above.
            recipe: as above.
        """
        path = whole_path(path)
        rows = [
            (*row.key, *dataclasses.astuple(row.labels))
            for row in flow_labels.rows
        ]
        nbytes, time = _size_and_time(path)
        read = [str(path), nbytes, time, name, recipe, rows]
        text = json.dumps([_version(), *read])
        key = hashlib.sha256(text.encode()).hexdigest()
        return cls(path, flow_labels, name, recipe, nbytes, key)


@functools.cache
def _version():
    # To look it up takes longer than to read a small capture.
    return mtc_tf.__version__


def _size_and_time(path):
    if os.path.exists(path):
        status = os.stat(path)
        return status.st_size, status.st_mtime_ns
    # In a bucket; `epath` gives whole seconds.
    status = epath.Path(path).stat()
    return status.length, status.mtime
