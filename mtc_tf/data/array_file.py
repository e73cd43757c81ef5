"""A prepared dataset as one file of arrays, read without TensorFlow."""

import pathlib

import numpy as np
from typing_extensions import TypedDict

from mtc_tf.data.dataset_metadata import Metadata
from mtc_tf.data.row_order import row_order
from mtc_tf.data.splits import PARTS
from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.files.json_files import parse_json
from mtc_tf.tasks import MISSING_LABEL
from mtc_tf.tasks import MODEL_INPUTS

# The array that holds the bytes of the description, JSON in UTF-8.
DESCRIPTION = "description"
FLOW = "flow"


class _Dataset(TypedDict):
    name: str
    config: str
    version: str
    data_dir: str


class Description(TypedDict):
    """What an array file says of its rows.

    `length` is that of a row of the dataset, `width` what the file keeps of
    it, and `fraction` the share of the rows that the file keeps.
    """

    dataset: _Dataset
    metadata: Metadata
    input: str
    length: int
    width: int
    fraction: float
    has_flows: bool


def array_name(part, feature):
    """Returns the name of the array of one feature of one part."""
    return f"{part}/{feature}"


class ArrayFile:
    """The rows that `mtc arrays` wrote.

    `mtc_tf.data.prepared_dataset.PreparedDataset` answers the same questions
    of a prepared dataset.

    Attributes:
        path: `pathlib.Path` of the file.
        name: str. What messages call it.
        dataset: dict. What `run.json` says of where the rows come from.
        metadata: dict as of `mtc_tf.data.dataset_metadata.Metadata`.
        kind: `mtc_tf.tasks.ModelInput`.
        length: int. Values of a row of the dataset, or steps of a series.
        width: int. How many of them are in the file, the first ones; the
            others count as zeros.

    Args:
        path: path of an `.npz` file.

    Raises:
        InputError: if it is missing or damaged, or is no array file.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self._arrays = _load(self.path)
        description = _describe(self.path, self._arrays)
        dataset = description["dataset"]
        self.name = (
            f"{self.path} ({dataset['name']}/{dataset['config']} "
            f"{dataset['version']})"
        )
        self.metadata = dict(description["metadata"])
        self.kind = MODEL_INPUTS[description["input"]]
        self.length, self.width = description["length"], description["width"]
        self.dataset = {
            **dataset,
            "width": self.width,
            "fraction": description["fraction"],
        }
        for part in PARTS:
            self._check_part(part, description["has_flows"])

    def rows_of(self, part, fraction=1.0):
        """Returns how many rows a share of a part has, at least one."""
        return max(1, round(len(self.rows(part)) * fraction))

    def first_rows(self, part, count):
        """Returns the first rows of the input, in the dataset's length."""
        return self._whole(self.rows(part)[:count])

    def rows(self, part):
        """Returns the rows of the input, array `(rows, width, …)`."""
        return self._arrays[array_name(part, self.kind.name)]

    def has(self, name):
        """Returns whether a row has such a feature, as `flow` or a task."""
        return array_name("train", name) in self._arrays

    def columns(self, part, names, fraction=1.0):
        """Returns features of a share of a part.

        Args:
            part: str. `train`, `validation` or `test`.
            names: iterable of str. `flow`, or a task; a missing label is
                `MISSING_LABEL`.
            fraction: float. The share, the first rows of the part.

        Returns:
            dict from name to integer array `(rows,)`.
        """
        count = self.rows_of(part, fraction)
        return {
            name: self._arrays[array_name(part, name)][:count] for name in names
        }

    def drawn_rows(self, count, seed, fraction=1.0, row_weights=None):
        """Draws training rows as a training does in its first epoch.

        Args:
            count: int. Rows to draw; fewer where the part has fewer.
            seed: int.
            fraction: float. As of `columns`.
            row_weights: float array `(rows,)` or None, as of
                `mtc_tf.data.row_order.row_order`.

        Returns:
            array `(rows, length, …)`.
        """
        rows = self.rows_of("train", fraction)
        count = min(count, rows)
        [order] = row_order(rows, count, 1, seed, 0, row_weights)
        return self._whole(self.rows("train")[order])

    def _whole(self, rows):
        """Rows in the dataset's length."""
        missing = [(0, 0)] * rows.ndim
        missing[1] = (0, self.length - self.width)
        return np.pad(rows, missing)

    def _check_part(self, part, has_flows):
        """Compares the arrays of a part with what they should be."""
        rows = self._array(part, self.kind.name)
        shape = self.kind.row_shape(self.width)
        if rows.dtype != self.kind.dtype or rows.shape[1:] != shape:
            raise InputError(
                f"{self.path}: expected {self.kind.dtype} rows of {shape} as "
                f"{array_name(part, self.kind.name)}, received {rows.dtype} "
                f"{rows.shape}"
            )
        if part != "test" and not len(rows):
            raise InputError(f"{self.path}: the part {part} holds no rows")
        if rows.dtype.kind == "f" and not np.isfinite(rows).all():
            raise InputError(
                f"{self.path}: expected numbers as "
                f"{array_name(part, self.kind.name)}, received NaN or infinity"
            )
        names = self.metadata["classes"]
        for feature in (*names, *([FLOW] if has_flows else [])):
            values = self._array(part, feature)
            if values.shape != rows.shape[:1] or values.dtype.kind not in "iu":
                raise InputError(
                    f"{self.path}: expected integers ({len(rows)},) as "
                    f"{array_name(part, feature)}, received {values.dtype} "
                    f"{values.shape}"
                )
            if feature in names and len(values):
                _check_labels(
                    self.path,
                    array_name(part, feature),
                    values,
                    len(names[feature]),
                )

    def _array(self, part, feature):
        name = array_name(part, feature)
        if name not in self._arrays:
            raise InputError(f"{self.path} has no array {name}")
        return self._arrays[name]


def _load(path):
    try:
        with np.load(path) as arrays:
            return dict(arrays)
    except OSError as error:
        if not error.strerror:  # zipfile's and NumPy's own
            raise _unreadable(path, error) from error
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except Exception as error:  # damaged files end in errors of many kinds
        raise _unreadable(path, error) from error


def _unreadable(path, error):
    return InputError(
        f"{path} cannot be read: expected what `mtc arrays` writes: "
        f"{first_line(error)}"
    )


def _describe(path, arrays):
    """The description in an array file, checked."""
    if DESCRIPTION not in arrays:
        raise InputError(
            f"{path} has no array {DESCRIPTION}: expected what `mtc arrays` "
            "writes"
        )
    source = f"the description in {path}"
    description = parse_json(arrays[DESCRIPTION].tobytes(), Description, source)
    if description["input"] not in MODEL_INPUTS:
        raise InputError(
            f"{source} names an input that this version does not know: "
            f"{description['input']!r}"
        )
    if not 1 <= description["width"] <= description["length"]:
        raise InputError(
            f"{source} is damaged: expected a width from 1 to the length "
            f"{description['length']}, received {description['width']}"
        )
    return description


def _check_labels(path, name, values, classes):
    low, high = values.min(), values.max()
    if low < MISSING_LABEL or high >= classes:
        raise InputError(
            f"{path}: expected classes below {classes}, or {MISSING_LABEL}, "
            f"as {name}, received {low} to {high}"
        )
