"""The tables of a set: CSV with a header."""

import csv


def read_csv(path):
    """Reads a table.

    Args:
        path: `pathlib.Path`.

    Returns:
        list of dicts from column to str.

    Raises:
        OSError: if it cannot be read.
    """
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_csv(path, rows):
    """Writes a table with a header; none if there are no rows.

    Args:
        path: `pathlib.Path`.
        rows: list of dicts with the same keys, the columns.
    """
    if not rows:
        return
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
