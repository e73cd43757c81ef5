import io
import struct
import zipfile

import pytest

from mtc_tf.errors import InputError
from mtc_tf.files import json_files
from mtc_tf.inference.tflite_archive import split
from mtc_tf.inference.tflite_archive import with_description

MODEL = b"TFL3" + bytes(range(256))
DESCRIPTION = {"tasks": {"application": ["Größe", "b c"], "auxiliary": ["d"]}}
FILE = with_description(MODEL, DESCRIPTION)


def test_model_stands_first_and_any_unzip_lists_the_rest():
    assert FILE.startswith(MODEL)
    with zipfile.ZipFile(io.BytesIO(FILE)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            *("mtc.json", "application.txt", "auxiliary.txt")
        ]
        assert archive.read("application.txt").decode() == "Größe\nb c\n"


def test_both_come_back():
    model, description = split(FILE, "x")
    assert model == MODEL
    assert json_files.parse_json(description, dict, "x") == DESCRIPTION


def test_equal_models_are_equal_files():
    assert with_description(MODEL, DESCRIPTION) == FILE


@pytest.mark.parametrize("content", [b"", MODEL, FILE + b"\0", FILE[:-1]])
def test_what_has_no_archive_at_its_end_is_a_model(content):
    assert split(content, "x") == (content, None)


def _archive(**files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return stream.getvalue()


def _packed():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mtc.json", "{}")
    return stream.getvalue()


def _many_files():
    return _archive(**{f"{number}": b"" for number in range(2000)})


def _claiming(size):
    """The directory says that `mtc.json` is so large."""
    content = bytearray(_archive(mtc_json="{}"))
    place = content.index(b"PK\x01\x02") + 20
    content[place : place + 8] = struct.pack("<2L", size, size)
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (_archive(other="x"), "no item named 'mtc.json'"),
        (_packed(), "mtc.json is too large"),
        (_claiming(json_files.LIMIT_BYTES + 1), "mtc.json is too large"),
        (_claiming(1000), "in it cannot be read"),
        (_many_files(), "its directory has .* bytes, more than 65536"),
        (FILE.replace(b"application", b"Application", 1), "Bad CRC-32"),
        (FILE[len(MODEL) + 9 :], "in it cannot be read"),
    ],
)
def test_damaged_archive(content, message):
    with pytest.raises(InputError, match=message) as caught:
        split(content, "a.tflite")
    assert str(caught.value).startswith("a.tflite: the description in it")
    assert "\n" not in str(caught.value)


def test_archive_of_the_large_format_is_none():
    end = FILE[-22:]
    content = FILE[:-22] + b"PK\x06\x07" + bytes(16) + end
    assert split(content, "x") == (content, None)
