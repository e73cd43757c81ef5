import io
import json
import os
import sys

import pytest

from mtc_tf.printable import as_unicode
from mtc_tf.printable import json_line
from mtc_tf.printable import printable
from mtc_tf.printable import printable_content
from mtc_tf.printable import spell_out_on_stdout


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name", "plain name"),
        ("café 日本", "café 日本"),
        (r"back\slash", r"back\slash"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b[31mred\x07\x7f\x9b", r"\x1b[31mred\x07\x7f\x9b"),
        ("one\u2028two\x85three", r"one\u2028two\x85three"),
        ("exe\u202etxt", r"exe\u202etxt"),
        (os.fsdecode(b"caf\xe9"), r"caf\xe9"),
        ("\ud800", r"\ud800"),
    ],
)
def test_printable(text, shown):
    assert printable(text) == shown


def test_printable_takes_what_has_a_text():
    assert printable(ValueError("a\nb")) == r"a\nb"


def test_whole_content():
    content = {"a\n": ["b\x1b", 1, None, {"c": 0.5}], "d": "\t"}
    assert printable_content(content) == {
        r"a\n": [r"b\x1b", 1, None, {"c": 0.5}],
        "d": r"\t",
    }


def test_json_line():
    content = {"a\n\x7f": ["é\x1b", os.fsdecode(b"\xe9"), 1, None, 0.5]}
    line = json_line(content)
    assert line.isascii() and line.isprintable()
    assert json.loads(line) == {"a\n\x7f": ["é\x1b", r"\xe9", 1, None, 0.5]}


def test_terminal_that_lacks_a_character(monkeypatch):
    file = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(file, "ascii"))
    spell_out_on_stdout()
    print("café", flush=True)
    assert file.getvalue() == b"caf\\xe9\n"


def test_standard_output_of_a_notebook(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    spell_out_on_stdout()
    print("café")
    assert sys.stdout.getvalue() == "café\n"


def test_unicode_stays_as_it_is():
    text = "é\n\x1b\u200d\U0001f600"
    assert as_unicode(text) == text
    assert as_unicode(text + os.fsdecode(b"\xff")) == text + r"\xff"
