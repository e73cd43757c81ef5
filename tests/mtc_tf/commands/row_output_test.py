import json
import pathlib
import sys

import pytest
from pyarrow import parquet

from mtc_tf.commands.row_output import FORMATS
from mtc_tf.commands.row_output import check_output
from mtc_tf.commands.row_output import write_rows
from mtc_tf.errors import InputError

ROW = {
    "capture": "caf\xe9.pcap",
    "packets": 2,
    "time": "2023-11-14T22:13:20.250000Z",
    "source": "10.0.0.1",
    "source_port": 1003,
    "destination": "10.0.0.2",
    "destination_port": 443,
    "protocol": "tcp",
    "application": "Talkie",
    "application_probability": 0.75,
}


@pytest.mark.parametrize("name", FORMATS)
def test_file_holds_what_standard_output_would(name, tmp_path, capfdbinary):
    path = tmp_path / "rows"
    path.write_bytes(b"what was there before" * 1000)
    write_rows([[ROW], [ROW]], name, path)
    with open(1, "w", encoding="utf-8", closefd=False) as stdout:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdout", stdout)
            write_rows([[ROW], [ROW]], name)
    written = path.read_bytes()
    assert written == capfdbinary.readouterr().out
    if name == "parquet":
        assert parquet.read_table(path).num_rows == 2
    else:
        assert written.count(b"Talkie") == 2


def test_rows_of_an_interface(tmp_path):
    write_rows([[ROW]], "eve", tmp_path / "x", is_live=True)
    event = json.loads((tmp_path / "x").read_text())
    assert event["in_iface"] == ROW["capture"]


def test_rows_are_in_the_file_as_they_come(tmp_path):
    path = tmp_path / "rows"

    def blocks():
        yield [ROW]
        assert path.read_text().count("Talkie") == 1
        yield [ROW]

    write_rows(blocks(), "csv", path)


@pytest.mark.parametrize("name", FORMATS)
def test_full_disk(name):
    with pytest.raises(InputError, match="^/dev/full cannot be written: No sp"):
        write_rows([[ROW]], name, pathlib.Path("/dev/full"))


def test_folder_that_is_missing(tmp_path):
    path = tmp_path / "none/rows"
    with pytest.raises(InputError, match="rows cannot be written: No such fi"):
        write_rows([[ROW]], "csv", path)


def test_binary_rows_are_not_for_a_terminal(monkeypatch, tmp_path):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    check_output("table", None)
    check_output("parquet", tmp_path / "x")
    with pytest.raises(InputError, match="terminal: give --output=FILE"):
        check_output("parquet", None)
