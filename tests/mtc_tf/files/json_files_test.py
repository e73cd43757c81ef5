import os
import resource
import subprocess
import sys
from typing import NotRequired

import pytest
from typing_extensions import TypedDict

from mtc_tf.errors import InputError
from mtc_tf.files import json_files
from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import Object
from mtc_tf.files.json_files import parse_json
from mtc_tf.files.json_files import read_json


class _Inner(TypedDict):
    count: int


class _Content(TypedDict):
    name: str
    rows: Object[List[float]]
    inner: _Inner
    more: NotRequired[List[str]]


GOOD = '{"name": "é", "rows": {"a": [1, 0.5]}, "inner": {"count": 3}, "x": 1}'


def test_content_is_what_stands_in_the_file(tmp_path):
    (tmp_path / "x.json").write_text(GOOD, "utf-8")
    assert read_json(tmp_path / "x.json", _Content) == {
        "name": "é",
        "rows": {"a": [1, 0.5]},
        "inner": {"count": 3},
        "x": 1,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x.json is not valid JSON: Expecting value: line 1 column 1"),
        (GOOD[:-1], "is not valid JSON: Expecting ',' delimiter"),
        (GOOD + "{}", "is not valid JSON: Extra data"),
        (GOOD.encode("utf-16"), "is not valid JSON: 'utf-8' codec can't"),
        (GOOD.encode("latin-1"), "is not valid JSON: 'utf-8' codec can't"),
        ("\ufeff" + GOOD, "is not valid JSON: Unexpected UTF-8 BOM"),
        ("[" * 100_000, "is not valid JSON: it is nested too deeply"),
        ('{"a":' * 100_000, "is not valid JSON: it is nested too deeply"),
        ("[1e999]", "is not valid JSON: 1e999 is too large a number"),
        ("[NaN]", "is not valid JSON: NaN is no number"),
        ("[-Infinity]", "is not valid JSON: -Infinity is no number"),
        ("1" * 5000, "is not valid JSON: Exceeds the limit"),
        ('{"a": 1, "a": 1}', "is not valid JSON: 'a' stands in it twice"),
        ("[]", "x.json does not hold what it should: Input should be a "),
        ("null", "does not hold what it should: .*; received: None"),
        ("{}", "x.json lacks 'name'"),
        (GOOD.replace('"count"', '"n"'), "lacks 'inner.count'"),
        (GOOD.replace("0.5", '"0.5"'), r"at 'rows.a.1': .*received: '0.5'"),
        (GOOD.replace("0.5", "true"), "at 'rows.a.1': .*received: True"),
        (GOOD.replace("3", "3.0"), "at 'inner.count': .*received: 3.0"),
        (GOOD.replace("3", "{}"), "at 'inner.count': .*: an object of 0"),
        (GOOD.replace("3", "[4]"), "at 'inner.count': .*: a list of 1"),
        (GOOD.replace("é", "\\ud83d"), "JSON: 'utf-8' codec can't encode"),
        (GOOD.replace('"x": 1', '"more": 1'), "at 'more': .*received: 1"),
        (GOOD.replace("0.5", "9" * 400), "a number of more than 64 bits"),
        (
            GOOD.replace(
                '"a": [1', '"a\\n\\u001b[2J": ["x\\n' + "y" * 99 + '"'
            ),
            r"at 'rows.a\\n\\x1b\[2J.0': .*received: 'x\\ny{56}…",
        ),
    ],
)
def test_damage_is_named_in_one_line(text, message, tmp_path):
    data = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "x.json").write_bytes(data)
    with pytest.raises(InputError, match=message) as caught:
        read_json(tmp_path / "x.json", _Content)
    line = str(caught.value)
    assert line.startswith(str(tmp_path / "x.json"))
    assert line.isprintable()
    assert len(line) < len(str(tmp_path)) + 250


def test_pair_of_surrogates_is_one_character():
    assert parse_json('["\\ud83d\\ude00"]', List[str], "x") == ["😀"]


def test_file_that_is_missing_can_be_told_apart(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "x.json", _Content)


@pytest.mark.parametrize("kind", ["folder", "fifo", "loop", "below a file"])
def test_what_is_no_file(kind, tmp_path):
    path = tmp_path / "x.json"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "loop":
        path.symlink_to(path)
    else:
        path.write_text(GOOD)
        path = path / "y.json"
    with pytest.raises(InputError, match="json cannot be read: [A-Zi]"):
        read_json(path, _Content)


def test_file_that_is_too_large(tmp_path, monkeypatch):
    (tmp_path / "x.json").write_text(GOOD, "utf-8")
    size = len(GOOD.encode())
    monkeypatch.setattr(json_files, "LIMIT_BYTES", size)
    read_json(tmp_path / "x.json", _Content)
    monkeypatch.setattr(json_files, "LIMIT_BYTES", size - 1)
    with pytest.raises(
        InputError, match=f"at most {size - 1} bytes, received {size}"
    ):
        read_json(tmp_path / "x.json", _Content)


@pytest.mark.parametrize("schema", [List[str], Object[List[str]]])
def test_memory_does_not_grow_with_what_is_wrong(schema):
    content = [1] * 1_000_000
    if schema is not List[str]:
        content = dict.fromkeys(map(str, range(1_000_000)), 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError):
        json_files.check_content(content, schema, "x")
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 20_000  # kB


def test_text_is_parsed_too():
    assert parse_json("[1]", List[int], "the answer") == [1]
    with pytest.raises(InputError, match="^the answer is not valid JSON"):
        parse_json("[1", List[int], "the answer")


def test_pydantic_is_imported_late():
    code = "import sys, mtc_tf.cli; assert 'pydantic' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
