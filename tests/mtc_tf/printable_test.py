import os

import pytest

from mtc_tf.printable import as_unicode
from mtc_tf.printable import printable
from mtc_tf.printable import printable_content


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


def test_unicode_stays_as_it_is():
    text = "é\n\x1b\u200d\U0001f600"
    assert as_unicode(text) == text
    assert as_unicode(text + os.fsdecode(b"\xff")) == text + r"\xff"
