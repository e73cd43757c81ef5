"""Rows as aligned text for a terminal."""

from tabulate import tabulate


def text_table(rows, left=()):
    """Aligns rows in columns, with the columns' names above.

    Args:
        rows: list of dicts with the same keys, of which there is at least one.
        left: iterable of str. The columns to align to the left; the others
            stand right, as numbers do.

    Returns:
        str of a line for the names and one for each row.
    """
    text = tabulate(
        rows,
        headers="keys",
        tablefmt="plain",
        colalign=["left" if name in left else "right" for name in rows[0]],
        disable_numparse=True,
    )
    return "\n".join(line.rstrip() for line in text.splitlines())
