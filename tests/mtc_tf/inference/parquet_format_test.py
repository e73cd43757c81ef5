import datetime
import io
import os
import sys

import pytest
from pyarrow import parquet

from mtc_tf.errors import InputError
from mtc_tf.inference import parquet_format
from mtc_tf.inference.parquet_format import write_parquet

ROW = {
    "capture": "a.pcap",
    "packets": 5,
    "time": "2023-11-14T22:13:20.250001Z",
    "source_port": 65535,
    "application": "Talkie",
    "application_probability": 0.75,
}
EMPTY = {
    **ROW,
    "source_port": None,
    "application": None,
    "application_probability": None,
}


def test_rows_come_back(monkeypatch):
    monkeypatch.setattr(parquet_format, "_GROUP_ROWS", 2)
    file = io.BytesIO()
    # A block without a single port does not decide the type of the column.
    write_parquet(iter([[EMPTY], [ROW, ROW], [ROW]]), file)
    stored = parquet.ParquetFile(file)
    assert stored.num_row_groups == 2
    time = datetime.datetime(
        2023, 11, 14, 22, 13, 20, 250_001, tzinfo=datetime.UTC
    )
    expected = [{**row, "time": time} for row in (EMPTY, ROW, ROW, ROW)]
    assert stored.read().to_pylist() == expected
    types = {field.name: str(field.type) for field in stored.schema_arrow}
    assert types == {
        "capture": "string",
        "packets": "int64",
        "time": "timestamp[us, tz=UTC]",
        "source_port": "uint16",
        "application": "string",
        "application_probability": "double",
    }


def test_what_came_before_an_error_can_be_read():
    def blocks():
        yield [ROW]
        raise InputError("gone")

    file = io.BytesIO()
    with pytest.raises(InputError, match="gone"):
        write_parquet(blocks(), file)
    assert parquet.read_table(file).num_rows == 1


def test_name_that_is_not_unicode():
    file = io.BytesIO()
    write_parquet([[{"capture": os.fsdecode(b"caf\xe9.pcap")}]], file)
    [row] = parquet.read_table(file).to_pylist()
    assert row == {"capture": r"caf\xe9.pcap"}


def test_without_pyarrow(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"needs PyArrow.*mtc-tf\[parquet\]"):
        write_parquet([[ROW]], io.BytesIO())
