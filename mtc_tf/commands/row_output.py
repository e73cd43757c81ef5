"""Where the rows of `mtc classify` go, and in which format."""

import contextlib
import functools
import sys

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.inference import eve_format
from mtc_tf.inference import parquet_format
from mtc_tf.inference import row_formats

FORMATS = ("table", "csv", "jsonl", "eve", "parquet")


def check_output(name, output):
    """Refuses a binary format on a terminal.

    Args:
        name: str, one of `FORMATS`.
        output: `pathlib.Path`, or None for standard output.

    Raises:
        InputError: if it is one.
    """
    if name == "parquet" and output is None and sys.stdout.isatty():
        raise InputError(
            "--format=parquet is not for a terminal: give --output=FILE"
        )


def write_rows(blocks, name, output=None, *, is_live=False):
    """Writes rows as they come.

    Args:
        blocks: iterable of lists of dicts.
        name: str, one of `FORMATS`.
        output: `pathlib.Path`. A file, which is written over; None for
            standard output.
        is_live: bool. Whether the rows are of an interface.

    Raises:
        InputError: if the output cannot be written, or PyArrow is missing.
        BrokenPipeError: if nobody reads standard output any more.
    """
    write = {
        "table": row_formats.write_table,
        "csv": row_formats.write_csv,
        "jsonl": row_formats.write_jsonl,
        "eve": functools.partial(eve_format.write_eve, is_live=is_live),
        "parquet": parquet_format.write_parquet,
    }[name]
    with (
        _naming(output or "standard output"),
        _opened(output, is_binary=name == "parquet") as file,
    ):
        write(blocks, file)


@contextlib.contextmanager
def _naming(output):
    """Tells what could not be written; the system does not."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(
            f"{output} cannot be written: {error.strerror or first_line(error)}"
        ) from error


@contextlib.contextmanager
def _opened(output, is_binary):
    if output is not None:
        form = ("wb", None) if is_binary else ("w", "utf-8")
        with open(output, form[0], encoding=form[1]) as file:
            yield file
    else:
        yield sys.stdout.buffer if is_binary else sys.stdout
        sys.stdout.flush()
