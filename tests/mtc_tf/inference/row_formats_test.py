import csv
import io
import json
import os

import pytest

from mtc_tf.inference import row_formats

ROW = {
    "packet": 7,
    "source": "10.0.0.1",
    "source_port": 443,
    "destination": "2001:db8::1",
    "destination_port": 9,
    "protocol": "tcp",
    "auxiliary": "VPN: Chat",
    "auxiliary_probability": 0.5,
}
WITHOUT_PORTS = {
    **ROW,
    "packet": 10,
    "source_port": None,
    "destination_port": None,
    "protocol": "esp",
}


def _written(write, *blocks):
    file = io.StringIO()
    write(iter(blocks), file)
    return file.getvalue()


def test_table():
    assert _written(row_formats.write_table, [ROW, WITHOUT_PORTS]) == (
        "packet  source        destination      protocol  auxiliary\n"
        "7       10.0.0.1:443  [2001:db8::1]:9  tcp       VPN: Chat 0.5000\n"
        "10      10.0.0.1      2001:db8::1      esp       VPN: Chat 0.5000\n"
    )


def test_table_widens_with_a_later_block():
    lines = _written(
        row_formats.write_table, [{"a": 1, "b": 2}], [{"a": 1000, "b": 2}]
    ).splitlines()
    assert lines == ["a  b", "1  2", "1000  2"]


def test_csv():
    text = _written(row_formats.write_csv, [ROW], [WITHOUT_PORTS])
    assert text.splitlines()[0] == ",".join(ROW)
    first, second = csv.DictReader(io.StringIO(text))
    assert first == {key: str(value) for key, value in ROW.items()}
    assert second["source_port"] == ""


def test_jsonl():
    lines = _written(row_formats.write_jsonl, [ROW], [WITHOUT_PORTS])
    assert list(map(json.loads, lines.splitlines())) == [ROW, WITHOUT_PORTS]


HOSTILE = {
    "capture": "\x1b[2J\na.pcap",
    "packet": -7,
    "traf\nfic": "=cmd()",
    "traf\nfic_probability": 0.5,
}


def test_table_shows_what_a_terminal_would_obey():
    assert _written(row_formats.write_table, [HOSTILE]) == (
        "capture          packet  traf\\nfic\n"
        "\\x1b[2J\\na.pcap  -7      =cmd() 0.5000\n"
    )


def test_csv_holds_neither_control_characters_nor_formulas():
    text = _written(row_formats.write_csv, [HOSTILE])
    assert text == (
        "capture,packet,traf\\nfic,traf\\nfic_probability\n"
        "\\x1b[2J\\na.pcap,-7,'=cmd(),0.5\n"
    )


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1+1", "'+1+1"),
        ("-1+1", "'-1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "\\t=1"),
        ("\r=1", "\\r=1"),
        ("-", "-"),
        ("-1.5", "-1.5"),
        ("1=1", "1=1"),
        (-1.5, "-1.5"),
        (None, '""'),
    ],
)
def test_cell_of_csv(value, cell):
    text = _written(row_formats.write_csv, [{"a": value}])
    assert text == f"a\n{cell}\n"


def test_header_of_csv_is_no_formula():
    assert _written(row_formats.write_csv, [{"=a": 1}]) == "'=a\n1\n"


def test_jsonl_is_valid_in_every_encoding():
    name = "café\x1b\x7f\x9b" + os.fsdecode(b"\xe9")
    line = _written(row_formats.write_jsonl, [{"capture": name, "packet": 1}])
    assert line.isascii()
    assert line[:-1].isprintable()
    assert json.loads(line) == {
        "capture": "café\x1b\x7f\x9b\\xe9",
        "packet": 1,
    }


@pytest.mark.parametrize(
    "write",
    [row_formats.write_table, row_formats.write_csv, row_formats.write_jsonl],
)
def test_no_rows(write):
    assert _written(write) == ""
