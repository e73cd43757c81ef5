"""Damaged and hostile record tables: nothing but records or one kind of error.

    PYTHONPATH=tests python -m fuzz.record_tables --count=50000 --seed=1

makes tables, damages each in up to four ways, compresses or encodes some anew
and damages them once more, and reads them. What is read must hold as many
values as lines; what is refused, a message of one line that names the file.
What does something else is printed in hex.
"""

import gzip
import io
import random
import sys
import warnings

from fuzz import command_line
from small_record_tables import CLASS_OF_LABEL
from small_record_tables import FEATURES
from small_record_tables import LATER_HEADERS
from small_record_tables import later_table
from small_record_tables import random_records
from small_record_tables import table

from mtc_tf.errors import InputError
from mtc_tf.features import tabular
from mtc_tf.features.record_table import open_record_table

NAME = "fuzzed.csv"

_BATCH = 20
_CLASSES = list(dict.fromkeys(CLASS_OF_LABEL.values()))
_COLUMNS = ("a", "b", "Fwd Header Length")
_SMALL = b"a,note,b,Label,Fwd Header Length\r\n" + b"".join(
    b"%d,x%d,%.1f,BENIGN,%d\r\n" % (n, n, n / 8, n % 3) for n in range(9)
)
_LARGE = [
    table(random_records(["BENIGN", "Bot", "DDoS"])),
    *(
        later_table(random_records(["BENIGN", "Bot"]), generation)
        for generation in LATER_HEADERS
    ),
]
_TOKENS = [
    *(b"", b",", b'"', b"\n", b"\r", b"\r\n", b"\0", b"\t", b";", b"'", b"\\"),
    *(b"NaN", b"Infinity", b"-inf", b"1e999", b"-1e-999", b"0x1F", b"1_0"),
    *(b"9" * 30, b"9" * 400, b"1e", b"TRUE", b"False", b"1,5", b"1 2", b"."),
    *(b"2017-07-03 08:55", b"1+2j", b"=1+1", b"\x1b[31m", b"None", b"nan%"),
    *(b"\x96", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80"),
    *("∞".encode(), "٣".encode(), "\u2028".encode(), b"Label", b"a.1"),
    *(b"Fwd Header Length", b"Dst Port", b"x" * 70_000),
]
_ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "utf-7", "cp037")


class MemoryFile:
    """What the readers need of a path.

    Args:
        content: bytes of the file.
    """

    name = NAME

    def __init__(self, content):
        self._content = content

    def open(self, mode):
        return io.BytesIO(self._content)

    def __str__(self):
        return NAME


def fuzz(count, seed):
    """Yields how many tables were tried; see `command_line.run`."""
    rng = random.Random(seed)
    for done in range(0, count, _BATCH):
        tried = min(_BATCH, count - done)
        for _ in range(tried):
            check_table(*make_table(rng))
        yield tried


def make_table(rng):
    """Makes a damaged table.

    Args:
        rng: `random.Random`.

    Returns:
        tuple `(is_large, content)`: whether it was made of a table with all
        columns, and bytes.
    """
    is_large = rng.random() < 0.2
    content = rng.choice(_LARGE) if is_large else _SMALL
    for _ in range(rng.randrange(5)):
        content = rng.choice(_DAMAGES)(rng, content)
    if rng.random() < 0.2:
        text = content.decode("utf-8", "replace")
        content = text.encode(rng.choice(_ENCODINGS), "replace")
    if rng.random() < 0.2:
        content = gzip.compress(content, 1, mtime=0)
    if rng.random() < 0.2:
        content = rng.choice(_DAMAGES)(rng, content)
    return is_large, content


def check_table(is_large, content):
    """Reads a table, all columns or some.

    Args:
        is_large: bool. Whether to look for all columns.
        content: bytes of the file.

    Returns:
        bool. Whether it was read.

    Raises:
        AssertionError: if reading fails in a way that is not meant.
    """
    path = MemoryFile(content)
    try:
        with warnings.catch_warnings(action="error"):
            if is_large:
                _read_records(path)
            else:
                _read_chunks(path)
    except InputError as error:
        message = str(error)
        if not message.startswith(NAME) or not message.isprintable():
            raise AssertionError(
                f"table {content.hex()}: message {message!r}"
            ) from error
        return False
    # Whatever else is raised is a failure.
    except Exception as error:
        raise AssertionError(f"table {content.hex()}: {error!r}") from error
    return True


def _read_records(path):
    records = tabular.read_records([path], CLASS_OF_LABEL, _CLASSES, FEATURES)
    assert records.values.shape == (len(records.lines), len(FEATURES))
    assert len(records.lines) == len(records.classes) == len(records.ids)


def _read_chunks(path):
    with open_record_table(path) as opened:
        for chunk in opened.chunks(_COLUMNS, with_labels=True):
            assert chunk.values.shape == (len(chunk.lines), len(_COLUMNS))
            assert len(chunk.labels) == len(chunk.lines)
            assert (chunk.lines >= 2).all()


def _flip(rng, content):
    damaged = bytearray(content)
    for _ in range(rng.randrange(1, 9)):
        if damaged:
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
    return bytes(damaged)


def _cut(rng, content):
    return content[: rng.randrange(len(content) + 1)]


def _drop(rng, content):
    start = rng.randrange(len(content) + 1)
    return content[:start] + content[start + rng.randrange(1, 40) :]


def _insert(rng, content):
    place = rng.randrange(len(content) + 1)
    return content[:place] + rng.choice(_TOKENS) + content[place:]


def _change_cell(rng, content):
    cells = content.split(b",")
    cells[rng.randrange(len(cells))] = rng.choice(_TOKENS)
    return b",".join(cells)


def _repeat_line(rng, content):
    lines = content.splitlines(keepends=True) or [b""]
    lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))
    return b"".join(lines)


def _change_ends(rng, content):
    return content.replace(b"\r\n", rng.choice([b"\n", b"\r", b"\n\r", b" "]))


def _quote(rng, content):
    return content.replace(b",", rng.choice([b'","', b"\t", b",,", b', "']))


_DAMAGES = (
    *(_flip, _cut, _drop, _insert, _change_cell, _repeat_line),
    *(_change_ends, _quote),
)


if __name__ == "__main__":
    sys.exit(command_line.run(__doc__, fuzz))
