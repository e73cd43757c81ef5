"""What `mtc preprocess` has written comes back, whole or not at all."""

import numpy as np
import pandas as pd
import pytest
from capture_bytes import ethernet
from capture_bytes import ipv4
from capture_bytes import pcap
from capture_bytes import tcp
from capture_bytes import udp

import mtc_tf
from mtc_tf.cli import main
from mtc_tf.errors import InputError
from mtc_tf.packets import preprocess_capture

FRAMES = [
    ethernet(ipv4(tcp(bytes(range(size % 256)) * (1 + size // 256) + b"\0")))
    for size in range(1, 3000, 7)
] + [ethernet(ipv4(b"data", protocol=50))]


@pytest.fixture
def captures(tmp_path):
    one, two = tmp_path / "one.pcap", tmp_path / "two.pcap"
    one.write_bytes(pcap(FRAMES))
    two.write_bytes(pcap([FRAMES[0], ethernet(ipv4(udp(), protocol=17))]))
    return one, two


@pytest.fixture
def output(captures, tmp_path, capsys):
    def write(name):
        path = tmp_path / name
        assert (
            main(["preprocess", *map(str, captures), f"--output={path}"]) == 0
        )
        return path

    return write


@pytest.mark.parametrize("name", ["x.parquet", "x.npz"])
def test_packets_come_back(name, output, captures):
    packets, frame = mtc_tf.load_packets(output(name))
    batches = [
        batch for x in captures for batch in preprocess_capture(x, group=x.stem)
    ]
    expected = np.concatenate([batch.packets for batch in batches])
    assert packets.dtype == np.uint8
    np.testing.assert_array_equal(packets, expected)
    assert len(frame) == len(packets) == len(FRAMES) + 2
    assert frame["capture"].astype(str).value_counts().to_dict() == {
        "one": len(FRAMES),
        "two": 2,
    }
    for column, name in (("flow", "flows"), ("length", "lengths")):
        own = np.concatenate([getattr(batch, name) for batch in batches])
        assert frame[column].tolist() == own.tolist()
    assert frame["time"].iloc[3] == pd.Timestamp(3, unit="s", tz="UTC")


def test_columns_and_report_of_a_table(output):
    _, frame = mtc_tf.load_packets(str(output("x.parquet")))
    assert frame.dtypes.astype(str).to_dict() == {
        "capture": "category",
        "number": "int64",
        "time": "datetime64[us, UTC]",
        "source": "category",
        "source_port": "UInt16",
        "destination": "category",
        "destination_port": "UInt16",
        "protocol": "category",
        "flow": "int64",
        "length": "int32",
    }
    assert frame["source_port"].isna().sum() == 1
    # No more than there are, which `value_counts` would list.
    assert sorted(frame["protocol"].cat.categories) == ["esp", "tcp", "udp"]
    about = frame.attrs["mtc_tf"]
    assert (about["recipe"], about["masks"]) == ("strict", [])
    assert about["packets"] == len(frame)
    assert [x["capture"] for x in about["captures"]] == ["one", "two"]


def test_table_for_pandas(output):
    path = output("x.parquet")
    packets, _ = mtc_tf.load_packets(path)
    frame = pd.read_parquet(path)
    assert frame["packet"].str.len().max() == 1500
    assert frame["packet"].iloc[5].ljust(1500, b"\0") == packets[5].tobytes()


def test_what_is_no_such_file(tmp_path):
    path = tmp_path / "x.parquet"
    with pytest.raises(InputError, match="x.parquet: No such file"):
        mtc_tf.load_packets(path)
    path.write_bytes(pcap(FRAMES[:1]))
    with pytest.raises(InputError, match="x.parquet: expected .* d4c3b2a1"):
        mtc_tf.load_packets(path)
    pd.DataFrame({"capture": ["x"]}).to_parquet(path)
    with pytest.raises(InputError, match="a column packet, received capture"):
        mtc_tf.load_packets(path)
    np.savez(tmp_path / "x.npz", other=[1])
    with pytest.raises(InputError, match="x.npz cannot be read: .*capture"):
        mtc_tf.load_packets(tmp_path / "x.npz")


@pytest.mark.parametrize("name", ["x.parquet", "x.npz"])
def test_file_that_is_cut_off(name, output):
    path = output(name)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(InputError, match="cannot be read: ") as error:
        mtc_tf.load_packets(path)
    assert "\n" not in str(error.value)
