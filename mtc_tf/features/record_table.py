"""Tables of flow records, as CICFlowMeter writes them: CSV -> numbers.

Building the dataset and classifying a table read it here, in chunks.
"""

import collections
import contextlib
import csv
import dataclasses
import importlib.resources
import re

import numpy as np
import pandas as pd

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.files.csv_text import open_csv_text

LABEL = "Label"
# The column that stands twice in every genuine file, and its second name.
DOUBLED = "Fwd Header Length"
DOUBLE = f"{DOUBLED}.1"
# What the names of columns are those of. Later versions of the tool have other
# names, which record_column_names.csv lists, and no doubled column.
GENERATION = "CICIDS2017"
CHUNK_ROWS = 50_000
# Bounds the memory of tables with many other columns.
CHUNK_CELLS = CHUNK_ROWS * 100

_FIRST_LINE = 2  # line 1 is the header
_SHOWN_NAMES = 5
_LATER_NAMES = list(
    csv.DictReader(
        importlib.resources.files("mtc_tf.features")
        .joinpath("record_column_names.csv")
        .read_text("utf-8")
        .splitlines()
    )
)
_FEATURE_OF_NAME = {row["name"]: row["feature"] for row in _LATER_NAMES}


@dataclasses.dataclass(frozen=True)
class RecordChunk:
    """Some rows of a table.

    Args:
        lines: int64 array of shape `(rows,)`. The line of each row in the
            file, from 1; the header is line 1.
        values: float64 array of shape `(rows, columns)`. NaN for an empty
            cell; infinities as they stand.
        labels: array of str of shape `(rows,)`, or None.
    """

    lines: np.ndarray
    values: np.ndarray
    labels: np.ndarray | None

    def __len__(self):
        return len(self.lines)

    def float32(self):
        """Returns the values in float32; what is too large is infinite."""
        with np.errstate(over="ignore"):
            return self.values.astype(np.float32)


class RecordTable:
    """An open table, of which the header was read.

    Args:
        path: path of the file, for messages.
        file: text file that stands behind the header.
        header: list of str. The names of the columns.

    Attributes:
        generation: str. What the columns are named as in: `GENERATION`, or
            one of record_column_names.csv.
    """

    def __init__(self, path, file, header):
        self._path = path
        self._file = file
        self._names = _unique_names(
            _FEATURE_OF_NAME.get(name, name) for name in header
        )
        later = collections.Counter(
            row["generation"] for row in _LATER_NAMES if row["name"] in header
        )
        [(self.generation, _)] = later.most_common(1) or [(GENERATION, 0)]

    def check(self, columns):
        """Finds out from the header whether the table has these columns.

        Args:
            columns: sequence of str. Names as in CICIDS2017.

        Raises:
            InputError: if a column is missing or there twice.
        """
        _check_names(self._path, self._names, columns)

    def chunks(self, columns, *, with_labels=False):
        """Reads columns, in any order and among any others.

        Rows without any value are passed over.

        Args:
            columns: sequence of str. The columns to read, all numbers. Names
                as in CICIDS2017; the second of two columns of one name is
                called `NAME.1`, as pandas saves it.
            with_labels: bool. Whether to read the column `Label` too.

        Yields:
            `RecordChunk`s of at most `CHUNK_ROWS` rows.

        Raises:
            InputError: if a column is missing or there twice, a row has too
                many cells or no label, or a cell is no number.
        """
        wanted = [*columns, LABEL] if with_labels else columns
        self.check(wanted)
        wanted = list(dict.fromkeys(map(self._names.index, wanted)))
        for frame in _frames(self._path, self._file, len(self._names)):
            frame = _filled_rows(frame, wanted).rename(
                columns=self._names.__getitem__
            )
            if not frame.empty:
                yield _chunk(self._path, frame, columns, with_labels)


@contextlib.contextmanager
def open_record_table(path):
    """Opens a table and reads its header.

    Args:
        path: `pathlib.Path` or `epath.Path` of a CSV file, as of
            `open_csv_text`.

    Yields:
        `RecordTable`.

    Raises:
        InputError: if the file cannot be opened, is empty, or is no text.
    """
    with open_csv_text(path) as file:
        line = file.readline()
        if not line.strip():
            raise InputError(f"{path}: the file is empty, or its first line is")
        try:
            header = next(csv.reader([line]))
        except csv.Error as error:
            raise InputError(
                f"{path}: the first line cannot be read as CSV: {error}"
            ) from error
        yield RecordTable(path, file, [name.strip() for name in header])


def check_record_table(path, columns):
    """Finds out from its header whether a file is a table of these columns.

    Args:
        path: `pathlib.Path` of a CSV file.
        columns: sequence of str.

    Raises:
        InputError: as of `open_record_table` and `RecordTable.check`.
    """
    with open_record_table(path) as table:
        table.check(columns)


def _unique_names(header):
    """Names the second of two columns as pandas saves it."""
    names, known = [], set()
    for name in header:
        names.append(f"{name}.1" if name in known else name)
        known.add(name)
    return names


def _check_names(path, names, wanted):
    counts = collections.Counter(names)
    missing = [name for name in wanted if name not in counts]
    if missing:
        raise InputError(
            f"{path}: expected the columns of a record table with commas "
            f"between them; {len(missing)} of {len(wanted)} are missing: "
            f"{_shortened(missing)}. It has {len(names)}: {_shortened(names)}"
        )
    for name in wanted:
        doubled = f"{name}.1" in counts and name != DOUBLED
        if doubled or counts[name] > 1:
            raise InputError(f"{path}: the column {name!r} is there twice")


def _shortened(names):
    shown = ", ".join(repr(name[:40]) for name in names[:_SHOWN_NAMES])
    return f"{shown}, …" if len(names) > _SHOWN_NAMES else shown


def _frames(path, file, width):
    try:
        for frame in pd.read_csv(
            file,
            header=None,
            names=range(width),
            chunksize=max(1, min(CHUNK_ROWS, CHUNK_CELLS // width)),
            # Keeps the numbers of the lines.
            skip_blank_lines=False,
            low_memory=False,
        ):
            # pandas takes what is too much in the first row for an index.
            if not isinstance(frame.index, pd.RangeIndex):
                raise InputError(
                    f"{path}: line {_FIRST_LINE} has more cells than the "
                    f"{width} of the header"
                )
            yield frame
    except pd.errors.EmptyDataError:
        return
    except (pd.errors.ParserError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{path}: cannot be read as CSV: {_in_lines_of_file(error)}"
        ) from error


def _in_lines_of_file(error):
    """The message of pandas, which has not seen the header, corrected."""
    return re.sub(
        r"(?<=in line )\d+",
        lambda line: str(int(line[0]) + _FIRST_LINE - 1),
        first_line(error),
    )


def _filled_rows(frame, wanted):
    """Some columns of the rows that hold a value in any column."""
    filled = frame[wanted].notna().any(axis=1)
    if not filled.all():
        filled |= frame[~filled].notna().any(axis=1)
    return frame.loc[filled, wanted]


def _chunk(path, frame, columns, with_labels):
    values = np.empty((len(frame), len(columns)))
    for index, name in enumerate(columns):
        values[:, index] = _numbers(path, frame[name], name)
    labels = _labels(path, frame[LABEL]) if with_labels else None
    return RecordChunk(frame.index.to_numpy() + _FIRST_LINE, values, labels)


def _numbers(path, cells, name):
    if cells.dtype.kind in "iuf":
        return cells.to_numpy(float)
    numbers = pd.to_numeric(cells.astype(str), errors="coerce")
    wrong = numbers.isna() & cells.notna()
    if wrong.any():
        row = wrong.idxmax()
        raise InputError(
            f"{path}: line {row + _FIRST_LINE}, column {name!r}: expected a "
            f"number, received {_shown(cells[row])}"
        )
    return numbers.to_numpy(float)


def _labels(path, cells):
    if cells.isna().any():
        row = cells.isna().idxmax()
        raise InputError(
            f"{path}: line {row + _FIRST_LINE}, column {LABEL!r}: the label is "
            "missing; the line may be cut off"
        )
    return cells.astype(str).str.strip().to_numpy()


def _shown(value):
    return repr(str(value)[:60])
