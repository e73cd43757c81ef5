import csv
import io
import json

import pytest

from mtc_tf import row_formats

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


@pytest.mark.parametrize(
    "write",
    [row_formats.write_table, row_formats.write_csv, row_formats.write_jsonl],
)
def test_no_rows(write):
    assert _written(write) == ""
