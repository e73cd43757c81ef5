"""Classified packets and flows as text: a table, CSV, or JSON lines."""

import csv

from mtc_tf.printable import json_line
from mtc_tf.printable import printable

# A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@")


def write_table(blocks, file):
    """Writes rows in columns for a terminal.

    An address and its port, a class and its probability share a column.
    Blocks of rows are written as they come, so the columns are as wide as
    what has been seen; a block with wider cells widens them from there on.
    Texts are written as of `printable`.

    Args:
        blocks: iterable of lists of dicts, all with the same keys.
        file: text file.
    """
    widths = {}
    for block in blocks:
        lines = [_cells(row) for row in block]
        if not widths:
            lines.insert(0, {key: printable(key) for key in lines[0]})
        for line in lines:
            for key, cell in line.items():
                widths[key] = max(widths.get(key, 0), len(cell))
        for line in lines:
            cells = (f"{cell:{widths[key]}}" for key, cell in line.items())
            file.write("  ".join(cells).rstrip() + "\n")
        file.flush()


def write_csv(blocks, file):
    """Writes rows as CSV, with a header.

    Texts are written as of `printable`, and with an apostrophe in front where
    a spreadsheet would take them for a formula.

    Args:
        blocks: iterable of lists of dicts, all with the same keys.
        file: text file.
    """
    writer = csv.writer(file, lineterminator="\n")
    header = None
    for block in blocks:
        if header is None:
            header = list(block[0])
            writer.writerow(map(_csv_cell, header))
        writer.writerows(
            [_csv_cell(row[column]) for column in header] for row in block
        )
        file.flush()


def write_jsonl(blocks, file):
    """Writes each row as a JSON object on a line of its own, in ASCII.

    Args:
        blocks: iterable of lists of dicts.
        file: text file.
    """
    for block in blocks:
        for row in block:
            file.write(json_line(row) + "\n")
        file.flush()


def _cells(row):
    cells = {}
    for key, value in row.items():
        if key.endswith("_port"):
            _join_port(cells, key.removesuffix("_port"), value)
        elif key.endswith("_probability"):
            if value is not None:
                cells[key.removesuffix("_probability")] += f" {value:.4f}"
        else:
            cells[key] = "-" if value is None else printable(value)
    return cells


def _join_port(cells, end, port):
    if port is None:
        return
    address = cells[end]
    cells[end] = (
        f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    )


def _csv_cell(value):
    if not isinstance(value, str):
        return value
    text = printable(value)
    # One character alone is no formula: "-" stands for what is missing.
    is_formula = text.startswith(_FORMULA_STARTS) and len(text) > 1
    return f"'{text}" if is_formula and not _is_number(text) else text


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True
