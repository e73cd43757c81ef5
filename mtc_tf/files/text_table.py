"""Rows as aligned text for a terminal.

As `tabulate` writes them, which takes a tenth of a second to import.
"""

import unicodedata

# Columns are wider than their names.
_ROOM = 2
_BETWEEN = "  "


def text_table(rows, left=()):
    """Aligns rows in columns, with the columns' names above.

    Args:
        rows: list of dicts with the same keys, of which there is at least one.
        left: iterable of str. The columns to align to the left; the others
            stand right, as numbers do.

    Returns:
        str of a line for the names and one for each row.
    """
    columns = [_aligned(name, rows, name in left) for name in rows[0]]
    lines = zip(*columns, strict=True)
    return "\n".join(_BETWEEN.join(line).rstrip() for line in lines)


def _aligned(name, rows, is_left):
    """The cells of a column, its name first."""
    values = [row[name] for row in rows]
    texts = ["" if x is None else str(x).strip() for x in values]
    width = max(_width(name) + _ROOM, *map(_width, texts))
    cells = []
    for text in (name, *texts):
        filling = " " * (width - _width(text))
        cells.append(text + filling if is_left else filling + text)
    return cells


def _width(text):
    """How many places of a terminal a text takes."""
    if text.isascii():
        return len(text)
    # Letters of East Asia take two.
    return sum(1 + (unicodedata.east_asian_width(x) in "WF") for x in text)
