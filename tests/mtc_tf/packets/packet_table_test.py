"""Packets as Parquet: the columns, the memory, and what a full disk leaves."""

import builtins
import datetime
import json
import pathlib
import resource
import subprocess
import sys

import numpy as np
import pytest
from capture_bytes import ethernet
from capture_bytes import ipv4
from capture_bytes import ipv6
from capture_bytes import pcap
from capture_bytes import tcp
from capture_bytes import udp
from pyarrow import parquet
from small_batches import packet_batch

from mtc_tf.errors import InputError
from mtc_tf.files import parquet_files
from mtc_tf.packets import packet_table
from mtc_tf.packets import preprocess_capture
from mtc_tf.packets.packet_table import write_packet_table

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
FRAMES = [
    ethernet(ipv4(tcp(b"data"))),
    ethernet(ipv4(tcp(b""))),  # dropped
    ethernet(ipv4(udp(b"zeros\0\0\0", ports=(5000, 6000)), protocol=17)),
    ethernet(ipv6(tcp(b"data")), ethertype=0x86DD),
    ethernet(ipv4(b"payload", protocol=50)),
    ethernet(ipv6(b"payload", protocol=103), ethertype=0x86DD),
]


def write(batches, output, captures=("x",), about=dict):
    write_packet_table(batches, output, list(captures), about)
    return parquet.read_table(output).to_pylist()


@pytest.fixture
def capture(tmp_path):
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap(FRAMES, fractions=[0, 0, 250_000, 0, 0, 0]))
    return path


def test_columns(capture, tmp_path):
    [batch] = preprocess_capture(capture)
    rows = write([(0, batch)], tmp_path / "x.parquet")
    received = [tuple(row.values())[1:8] for row in rows]
    v4, v6 = ("10.0.0.1", "10.0.0.2"), ("2001::1", "2001::2")
    seconds = [EPOCH + datetime.timedelta(seconds=x) for x in range(6)]
    later = seconds[2] + datetime.timedelta(microseconds=250_000)
    assert received == [
        (0, seconds[0], v4[0], 40000, v4[1], 443, "tcp"),
        (2, later, v4[0], 5000, v4[1], 6000, "udp"),
        (3, seconds[3], v6[0], 40000, v6[1], 443, "tcp"),
        (4, seconds[4], v4[0], None, v4[1], None, "esp"),
        (5, seconds[5], v6[0], None, v6[1], None, "103"),
    ]
    assert {row["capture"] for row in rows} == {"x"}
    assert [row["flow"] for row in rows] == batch.flows.tolist()
    assert [row["length"] for row in rows] == batch.lengths.tolist()
    # The filling behind UDP's header stays, the zeros at the end do not.
    assert len(rows[1]["packet"]) == 20 + 20 + len(b"zeros")
    assert [row["packet"].ljust(1500, b"\0") for row in rows] == [
        packet.tobytes() for packet in batch.packets
    ]


def test_rows_of_zeros_and_times_of_no_calendar(tmp_path):
    batch = packet_batch([0, 1], microseconds=np.array([-5, 2**63 - 1]))
    rows = write([(0, batch)], tmp_path / "x.parquet")
    assert [row["packet"] for row in rows] == [b"", b""]
    assert [row["time"].year for row in rows] == [1970, 9999]


def test_row_groups_and_captures(tmp_path, monkeypatch):
    monkeypatch.setattr(packet_table, "_GROUP_ROWS", 4)
    path = tmp_path / "x.parquet"
    sizes = [(0, 3), (0, 2), (1, 2), (2, 1)]
    batches = [(index, packet_batch([7] * rows)) for index, rows in sizes]
    rows = write(batches, path, ("a", "b", "c"))
    names = "".join(row["capture"] for row in rows)
    assert names == "aaaaabbc"
    metadata = parquet.read_metadata(path)
    groups = [
        metadata.row_group(x).num_rows for x in range(metadata.num_row_groups)
    ]
    assert groups == [5, 3]


def test_more_addresses_than_are_kept(tmp_path):
    addresses = np.zeros((3000, 16), np.uint8)
    addresses[:, 14:] = (
        np.arange(3000, dtype=">u2").view(np.uint8).reshape(-1, 2)
    )
    batch = packet_batch(np.zeros(3000, int), source_addresses=addresses)
    rows = write([(0, batch)], tmp_path / "x.parquet")
    assert [row["source"] for row in rows] == [
        f"0.0.{number // 256}.{number % 256}" for number in range(3000)
    ]


def test_metadata_is_asked_for_in_the_end(tmp_path):
    seen = []

    def batches():
        yield 0, packet_batch([1])
        seen.append("all")

    path = tmp_path / "x.parquet"
    write(batches(), path, about=lambda: {"seen": seen, "name": "é"})
    metadata = parquet.read_metadata(path).metadata
    assert json.loads(metadata[b"mtc_tf"]) == {"seen": ["all"], "name": "é"}


def test_nothing_is_left_when_the_packets_break_off(tmp_path):
    def batches():
        yield 0, packet_batch([1] * 20_000)
        raise InputError("the capture is gone")

    with pytest.raises(InputError, match="the capture is gone"):
        write(batches(), tmp_path / "x.parquet")
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_written(tmp_path):
    with pytest.raises(InputError, match="x.parquet cannot be written: No su"):
        write([], tmp_path / "none" / "x.parquet")


# A limit on the size of files stands for a full disk: a write beyond it
# fails as one to a full disk does.
LIMITED = """
import pathlib, resource, signal, sys
import numpy as np
from mtc_tf.errors import InputError
from mtc_tf.packets.packet_table import write_packet_table
sys.path.append(sys.argv[4])
from small_batches import packet_batch
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
batch = packet_batch([1] * 9000)
batch.packets[:, -1] = 1
batches = [(0, batch)] * int(sys.argv[3])
try:
    write_packet_table(batches, pathlib.Path(sys.argv[1]), ["x"], dict)
except InputError as error:
    print(error)
"""


# In a row group, and in the last bytes.
@pytest.mark.parametrize("limit, batches", [(20_000_000, 4), (100, 0)])
def test_full_disk(tmp_path, limit, batches):
    output = tmp_path / "x.parquet"
    result = subprocess.run(
        [
            *(sys.executable, "-c", LIMITED),
            *(output, str(limit), str(batches)),
            pathlib.Path(__file__).parents[2],
        ],
        capture_output=True,
        text=True,
    )
    assert result.stderr == ""
    assert result.stdout == f"{output} cannot be written: File too large\n"
    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_packets(tmp_path):
    batch = packet_batch([1] * 1000)
    batch.packets[:, -1] = 1
    batches = ((0, batch) for _ in range(120))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    write_packet_table(batches, tmp_path / "x.parquet", ["x"], dict)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 70_000  # kB, for 180 MB


def test_without_pyarrow(tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **options):
        if name.startswith("pyarrow"):
            raise ModuleNotFoundError(name=name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"x needs PyArrow.*mtc-tf\[parquet\]"):
        parquet_files.require_pyarrow("x")
