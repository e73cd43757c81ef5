"""Writes `report.html`, and its tables as CSV."""

import csv
import importlib.util

from mtc_tf.errors import InputError
from mtc_tf.evaluation.page.evaluated_run import read_runs
from mtc_tf.evaluation.page.parts import Estimate
from mtc_tf.evaluation.page.parts import Picture
from mtc_tf.evaluation.page.sections import sections
from mtc_tf.extras import missing
from mtc_tf.files.atomic import replacing
from mtc_tf.printable import printable

_TEMPLATE = "page.html.jinja"
_LIBRARIES = ("jinja2", "matplotlib")


def can_write_page():
    """Whether what a page needs beside this package is installed."""
    return all(map(importlib.util.find_spec, _LIBRARIES))


def write_page(workdirs, output):
    """Writes a page about evaluated runs.

    The page is one file, which needs neither a network nor a script. Its
    tables go to `STEM_tables/NAME.csv` beside it.

    Args:
        workdirs: list of `pathlib.Path`, run directories.
        output: `pathlib.Path` of the page.

    Raises:
        InputError: if a run has no figures, if a library is missing, or if it
            cannot be written.
    """
    if not can_write_page():
        raise missing("a report as HTML", " or ".join(_LIBRARIES), "report")
    import jinja2

    runs = read_runs(workdirs)
    made = sections(runs)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("mtc_tf.evaluation.page", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template(_TEMPLATE).render(
        title=" / ".join(run.label for run in runs),
        sections=made,
        is_picture=lambda part: isinstance(part, Picture),
        cell=_cell,
    )
    with replacing(output) as temporary:
        temporary.write_text(text, "utf-8")
    _write_tables(made, output.with_name(f"{output.stem}_tables"))


def _write_tables(made, folder):
    tables = [
        part
        for section in made
        for part in section.parts
        if not isinstance(part, Picture)
    ]
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{printable(folder)} is in the way: it is no folder")
    folder.mkdir(exist_ok=True)
    for table in tables:
        with replacing(folder / f"{table.name}.csv") as temporary:
            with open(temporary, "w", encoding="utf-8", newline="") as file:
                rows = list(map(_numbers, table.rows))
                columns = dict.fromkeys(name for row in rows for name in row)
                writer = csv.DictWriter(file, list(columns), restval="")
                writer.writeheader()
                writer.writerows(rows)


def _numbers(row):
    """A row for a program: an interval has columns of its own."""
    numbers = {}
    for name, value in row.items():
        if isinstance(value, Estimate):
            numbers[name] = value.value
            if value.interval is not None:
                bounds = zip(("low", "high"), value.interval, strict=True)
                numbers |= {f"{name} {end}": bound for end, bound in bounds}
        else:
            numbers[name] = value
    return numbers


def _cell(value):
    """A value as it stands on the page."""
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else str(value)
