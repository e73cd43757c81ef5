"""Tables of flow features, as CICFlowMeter writes them: CSV -> numbers.

Building the dataset and classifying a table read it here, in chunks.
"""

import csv
import dataclasses
import re

import numpy as np
import pandas as pd

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line

LABEL = "Label"
# The column that stands twice in every genuine file, and its second name.
DOUBLED = "Fwd Header Length"
DOUBLE = f"{DOUBLED}.1"
CHUNK_ROWS = 50_000

_FIRST_LINE = 2  # line 1 is the header
_SHOWN_NAMES = 5


@dataclasses.dataclass(frozen=True)
class FlowChunk:
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


def read_flow_table(path, columns, *, with_labels=False):
    """Reads columns of a table, in any order and among any others.

    Names of columns are taken without the spaces around them. The second of
    two columns of one name is called `NAME.1`, as pandas saves it. Rows
    without any value are passed over.

    Args:
        path: `pathlib.Path` or `epath.Path` of a CSV file in UTF-8 or
            Windows-1252.
        columns: sequence of str. The columns to read, all numbers.
        with_labels: bool. Whether to read the column `Label` too.

    Yields:
        `FlowChunk`s of at most `CHUNK_ROWS` rows.

    Raises:
        InputError: if the file cannot be opened or is empty, a column is
            missing or there twice, a row has too many cells or no label, or
            a cell is no number.
    """
    with _open(path) as file:
        names = _read_header(path, file)
        wanted = [*columns, LABEL] if with_labels else list(columns)
        _check_names(path, names, wanted)
        for frame in _frames(path, file, names):
            frame = frame[frame.notna().any(axis=1)]
            if not frame.empty:
                yield _chunk(path, frame, names, columns, with_labels)


def check_flow_table(path, columns):
    """Finds out from its header whether a file is a table of these columns.

    Args:
        path: `pathlib.Path` of a CSV file.
        columns: sequence of str.

    Raises:
        InputError: if the file is empty, or a column is missing or there
            twice.
    """
    with _open(path) as file:
        _check_names(path, _read_header(path, file), columns)


def _open(path):
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


def _read_header(path, file):
    """The names of the columns, each of them once."""
    line = file.readline().decode("utf-8-sig", errors="replace")
    if not line.strip():
        raise InputError(f"{path}: the file is empty, or its first line is")
    names = []
    for name in next(csv.reader([line])):
        name = name.strip()
        names.append(f"{name}.1" if name in names else name)
    return names


def _check_names(path, names, wanted):
    missing = [name for name in wanted if name not in names]
    if missing:
        raise InputError(
            f"{path}: expected the columns of a flow table with commas between "
            f"them; {len(missing)} of {len(wanted)} are missing: "
            f"{_shortened(missing)}. It has {len(names)}: {_shortened(names)}"
        )
    for name in wanted:
        doubled = f"{name}.1" in names and name != DOUBLED
        if doubled or names.count(name) > 1:
            raise InputError(f"{path}: the column {name!r} is there twice")


def _shortened(names):
    shown = ", ".join(repr(name[:40]) for name in names[:_SHOWN_NAMES])
    return f"{shown}, …" if len(names) > _SHOWN_NAMES else shown


def _frames(path, file, names):
    try:
        for frame in pd.read_csv(
            file,
            header=None,
            names=range(len(names)),
            chunksize=CHUNK_ROWS,
            encoding="utf-8",
            # A dash of Windows-1252 in a label; numbers do not care.
            encoding_errors="replace",
            # Keeps the numbers of the lines.
            skip_blank_lines=False,
            low_memory=False,
        ):
            # pandas takes what is too much in the first row for an index.
            if not isinstance(frame.index, pd.RangeIndex):
                raise InputError(
                    f"{path}: line {_FIRST_LINE} has more cells than the "
                    f"{len(names)} of the header"
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


def _chunk(path, frame, names, columns, with_labels):
    values = np.empty((len(frame), len(columns)))
    for index, name in enumerate(columns):
        values[:, index] = _numbers(path, frame[names.index(name)], name)
    labels = None
    if with_labels:
        labels = _labels(path, frame[names.index(LABEL)])
    return FlowChunk(frame.index.to_numpy() + _FIRST_LINE, values, labels)


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
