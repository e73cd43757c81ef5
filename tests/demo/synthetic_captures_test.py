import pytest
from scapy.layers.inet import IP
from scapy.utils import RawPcapReader

from demo.synthetic_captures import ACTIVITIES
from demo.synthetic_captures import write_captures
from mtc_tf.capture_dataset import CaptureDataset
from mtc_tf.labels import read_label_map


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    output = tmp_path_factory.mktemp("synthetic")
    write_captures(output)
    return output


@pytest.fixture(scope="module")
def report(folder):
    labels = read_label_map(
        (folder / "labels.csv").read_bytes(), name="labels.csv"
    )
    dataset = CaptureDataset(folder, labels, split="flow", recipe="strict")
    return dataset.metadata["report"]


def test_every_capture_has_a_label_and_packets(report):
    assert len(report["captures"]) == 3 * len(ACTIVITIES)
    assert report["captures_without_labels"] == []
    assert report["labels_without_captures"] == []
    assert all(row["kept"] > 50 for row in report["captures"])
    assert not any(row["warnings"] for row in report["captures"])


def test_every_class_is_in_every_part(report):
    for rows in report["classes"].values():
        assert min(min(row.values()) for row in rows.values()) > 0
    assert 7_000 < report["parts"]["kept"] < 12_000


def test_packets_to_drop_occur(report):
    for row in report["captures"]:
        assert row["dropped"]["dns"] == 8
        assert set(row["dropped"]) <= {"dns", "empty_tcp"}


def test_same_seed_gives_the_same_bytes(folder, tmp_path):
    write_captures(tmp_path)
    for path in sorted(tmp_path.iterdir()):
        assert path.read_bytes() == (folder / path.name).read_bytes()


@pytest.mark.parametrize("name", ["vpn_talkie_voip_2", "vpn_chatter_chat_2"])
def test_scapy_writes_the_same_lengths_and_checksums(folder, name):
    for original, _ in RawPcapReader(str(folder / f"{name}.pcap")):
        packet = IP(original)
        del packet.len, packet.chksum, packet.payload.chksum
        assert bytes(packet) == original
