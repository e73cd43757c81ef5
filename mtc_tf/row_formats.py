"""Classified packets and flows as text: a table, CSV, or JSON lines."""

import csv
import json


def write_table(blocks, file):
    """Writes rows in columns for a terminal.

    An address and its port, a class and its probability share a column.
    Blocks of rows are written as they come, so the columns are as wide as
    what has been seen; a block with wider cells widens them from there on.

    Args:
        blocks: iterable of lists of dicts, all with the same keys.
        file: text file.
    """
    widths = {}
    for block in blocks:
        lines = [_cells(row) for row in block]
        if not widths:
            lines.insert(0, {key: key for key in lines[0]})
        for line in lines:
            for key, cell in line.items():
                widths[key] = max(widths.get(key, 0), len(cell))
        for line in lines:
            cells = (f"{cell:{widths[key]}}" for key, cell in line.items())
            file.write("  ".join(cells).rstrip() + "\n")
        file.flush()


def write_csv(blocks, file):
    """Writes rows as CSV, with a header.

    Args:
        blocks: iterable of lists of dicts, all with the same keys.
        file: text file.
    """
    writer = None
    for block in blocks:
        if writer is None:
            writer = csv.DictWriter(file, block[0], lineterminator="\n")
            writer.writeheader()
        writer.writerows(block)
        file.flush()


def write_jsonl(blocks, file):
    """Writes each row as a JSON object on a line of its own.

    Args:
        blocks: iterable of lists of dicts.
        file: text file.
    """
    for block in blocks:
        for row in block:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
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
            cells[key] = "-" if value is None else str(value)
    return cells


def _join_port(cells, end, port):
    if port is None:
        return
    address = cells[end]
    cells[end] = (
        f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    )
