import bz2
import gzip
import os
import threading

import pytest
from small_captures import DUMMY_DATA

from mtc_tf.errors import InputError
from mtc_tf.files.csv_text import LONGEST_LINE
from mtc_tf.files.csv_text import open_csv_text

TEXT = "a,b\n1,ü\n"


@pytest.fixture
def read(tmp_path):
    """Writes bytes to a file and reads it as text."""

    def read(content):
        path = tmp_path / "table.csv"
        path.write_bytes(content)
        with open_csv_text(path) as file:
            return file.read()

    return read


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_every_form_of_one_text(encoding, end, pack, read):
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    content = (mark + TEXT.replace("\n", end)).encode(encoding)
    assert read(pack(content)) == TEXT


def test_gzip_of_several_members(read):
    assert read(gzip.compress(b"a,b\n") + gzip.compress(b"1,2\n")) == (
        "a,b\n1,2\n"
    )


def test_bytes_of_another_encoding_are_replaced(read):
    assert read(b"a\nWeb \x96 X\n") == "a\nWeb \ufffd X\n"


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (bz2.compress(b"a,b\n1,2\n" * 99), "425a683931415926"),
        ("a,b".encode("utf-16-le"), "61002c006200"),
        (b"a,b\n1,\0\n", "612c620a312c000a"),
    ],
)
def test_what_is_no_text(content, shown, read):
    with pytest.raises(InputError, match=f"not a table.* received {shown} "):
        read(content)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_capture_is_no_table(pack, read):
    for path in DUMMY_DATA.glob("*.pcap*"):
        with pytest.raises(InputError, match="table.csv: not a table"):
            read(pack(path.read_bytes()))


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_endless_line(pack, read):
    line = b"x" * LONGEST_LINE
    assert len(read(pack(b"a\n" + line[2:] + b"\n" + line[2:]))) > 2**20
    with pytest.raises(InputError, match="a line is longer than 1,048,576"):
        read(pack(b"a\n" + line * 2))


@pytest.mark.parametrize("damage", [lambda x: x[:-9], lambda x: x[:9] + x[12:]])
def test_damaged_gzip(damage, read):
    content = damage(gzip.compress(os.urandom(999).hex().encode()))
    with pytest.raises(InputError, match="table.csv: gzip: ") as caught:
        read(content)
    assert "\n" not in str(caught.value)


def test_pipe_is_read_once(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    content = gzip.compress(TEXT.encode())
    writer = threading.Thread(target=pipe.write_bytes, args=[content])
    writer.start()
    with open_csv_text(pipe) as file:
        assert file.read() == TEXT
    writer.join()


def test_file_that_cannot_be_opened(tmp_path):
    for path, message in (
        (tmp_path / "none.csv", "none.csv: No such file or directory"),
        (tmp_path, "Is a directory"),
    ):
        with pytest.raises(InputError, match=message):
            with open_csv_text(path):
                pass
