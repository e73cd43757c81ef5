"""The files of a set: captures, and tables in CSV with a header."""

import csv

from lab.errors import LabError


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


def find_capture(folder, name):
    """Finds the capture of a session.

    Args:
        folder: `pathlib.Path` of the set.
        name: str. Name of the session.

    Returns:
        `pathlib.Path`; those that `lab.cut` wrote are compressed.
    """
    capture = folder / f"{name}.pcap"
    return capture if capture.exists() else folder / f"{name}.pcap.gz"


def check_new(output):
    """Refuses to write a set over something.

    Args:
        output: `pathlib.Path`, the argument OUT.

    Raises:
        LabError: if it is there.
    """
    if output.exists():
        raise LabError(f"OUT must be a new folder, received {str(output)!r}")
