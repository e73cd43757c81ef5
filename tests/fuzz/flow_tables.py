"""Reads damaged and hostile flow tables: nothing but `InputError` may come.

  python tests/fuzz/flow_tables.py --count=50000 --seed=1

A table is made for each number, damaged in up to four ways, perhaps compressed
or encoded anew and damaged once more. What is read must hold as many values as
lines; what is refused, a message of one line that names the file. The first
input that does something else is written to `build/fuzz`, and the command
exits with 1. Seed and number give the same input again.
"""

import argparse
import gzip
import io
import pathlib
import random
import sys
import warnings

import tqdm

FOLDER = pathlib.Path(__file__).parents[2]
# As a module of the tests it has these already.
sys.path[:0] = [str(FOLDER), str(FOLDER / "tests")]

from small_flow_tables import CLASS_OF_LABEL  # noqa: E402
from small_flow_tables import FEATURES  # noqa: E402
from small_flow_tables import LATER_HEADERS  # noqa: E402
from small_flow_tables import later_table  # noqa: E402
from small_flow_tables import random_flows  # noqa: E402
from small_flow_tables import table  # noqa: E402

from mtc_tf import tabular  # noqa: E402
from mtc_tf.errors import InputError  # noqa: E402
from mtc_tf.flow_table import open_flow_table  # noqa: E402

SAVED = FOLDER / "build/fuzz"
NAME = "fuzzed.csv"

_CLASSES = list(dict.fromkeys(CLASS_OF_LABEL.values()))
_COLUMNS = ("a", "b", "Fwd Header Length")
_SMALL = b"a,note,b,Label,Fwd Header Length\r\n" + b"".join(
    b"%d,x%d,%.1f,BENIGN,%d\r\n" % (n, n, n / 8, n % 3) for n in range(9)
)
_LARGE = [
    table(random_flows(["BENIGN", "Bot", "DDoS"])),
    *(
        later_table(random_flows(["BENIGN", "Bot"]), generation)
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


def make_input(seed, number):
    """Makes the input of a seed and a number.

    Args:
        seed: int.
        number: int.

    Returns:
        tuple `(is_large, content)`: whether it was made of a table with all
        columns, and bytes.
    """
    rng = random.Random(f"{seed}/{number}")
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


def check(is_large, content):
    """Reads an input; raises whatever should not come.

    Args:
        is_large: bool. Whether to look for all columns.
        content: bytes of the file.

    Returns:
        bool. Whether it was read.

    Raises:
        Exception: of any kind, for a fault of the reader.
    """
    path = MemoryFile(content)
    try:
        with warnings.catch_warnings(action="error"):
            if is_large:
                _read_flows(path)
            else:
                _read_chunks(path)
    except InputError as error:
        message = str(error)
        if not message.startswith(NAME) or not message.isprintable():
            raise AssertionError(f"message: {message!r}") from error
        return False
    return True


def _read_flows(path):
    flows = tabular.read_flows([path], CLASS_OF_LABEL, _CLASSES, FEATURES)
    assert flows.values.shape == (len(flows.lines), len(FEATURES))
    assert len(flows.lines) == len(flows.classes) == len(flows.ids)


def _read_chunks(path):
    with open_flow_table(path) as opened:
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


def main(arguments=None):
    """Reads as many inputs as wanted; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    args = parser.parse_args(arguments)
    read = 0
    for number in tqdm.trange(args.count, unit=" tables", disable=None):
        is_large, content = make_input(args.seed, number)
        try:
            read += check(is_large, content)
        except Exception as error:
            SAVED.mkdir(parents=True, exist_ok=True)
            path = SAVED / f"flow_table_{args.seed}_{number}.csv"
            path.write_bytes(content)
            print(
                f"seed {args.seed}, number {number}: {error!r}\n"
                f"{path}: {content[:200].hex()}",
                file=sys.stderr,
            )
            return 1
    print(f"{args.count:,} tables: {read:,} read, the others refused")
    return 0


if __name__ == "__main__":
    sys.exit(main())
