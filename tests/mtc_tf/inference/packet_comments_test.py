import numpy as np
import pytest
from capture_bytes import ethernet
from capture_bytes import ipv4
from capture_bytes import pcap
from capture_bytes import tcp
from capture_bytes import udp

from mtc_tf.inference.flow_limits import FlowLimits
from mtc_tf.inference.label_packets import label_frames
from mtc_tf.inference.packet_comments import packet_comments
from mtc_tf.inference.row_classifier import RowClassifier
from mtc_tf.packets import frame_batches
from mtc_tf.runs.model_facts import ModelFacts

TASKS = {"application": ["x", "y"], "auxiliary": ["z"]}
# Two flows, packets without a payload and such of no IP between them.
FRAMES = [
    ethernet(ipv4(udp(b"a"), 17)),
    ethernet(b"who has", ethertype=0x0806),
    ethernet(ipv4(tcp(b""))),
    ethernet(ipv4(tcp(b"b" * 600))),
    ethernet(ipv4(udp(b"c" * 600), 17)),
]
FACTS = {"packet": {}, "series": {"packets_per_flow": 2}}


@pytest.fixture
def capture(tmp_path):
    path = tmp_path / "c.pcap"
    path.write_bytes(pcap(FRAMES))
    return path


def test_flow_without_a_payload_has_no_label(tmp_path):
    path = tmp_path / "c.pcap"
    path.write_bytes(pcap([FRAMES[0], FRAMES[2]]))
    comments = packet_comments(path, _classifier("packet"), by="flow")
    assert [number for number, _ in comments] == [0]


def _classifier(kind, unknown=None):
    """Answers `y` to packets of a payload of more than 500 bytes."""

    def function(rows):
        if kind == "series":
            share = np.full((len(rows), 1), 0.25, np.float32)
        else:
            share = np.float32(rows[:, 500:501] != 0) * 0.75
        return {
            "application": np.concatenate([1 - share, share], axis=1),
            "auxiliary": np.ones((len(rows), 1), np.float32),
            **({} if unknown is None else {"unknown": share[:, 0]}),
        }

    facts = ModelFacts(TASKS, "strict", unknown=unknown or {}, **FACTS[kind])
    return RowClassifier(facts, function)


def test_each_packet_has_its_label(capture):
    assert list(packet_comments(capture, _classifier("packet"))) == [
        (0, "application: x 1.00; auxiliary: z 1.00"),
        (3, "application: y 0.75; auxiliary: z 1.00"),
        (4, "application: y 0.75; auxiliary: z 1.00"),
    ]


def test_each_packet_has_the_label_of_its_flow(capture):
    classifier = _classifier("packet")
    assert list(packet_comments(capture, classifier, by="flow")) == [
        (0, "application: x 0.62; auxiliary: z 1.00"),
        # Without a payload; what is no IP has no flow.
        (2, "application: y 0.75; auxiliary: z 1.00"),
        (3, "application: y 0.75; auxiliary: z 1.00"),
        (4, "application: x 0.62; auxiliary: z 1.00"),
    ]


@pytest.mark.parametrize("by", [None, "flow"])
def test_model_of_flows(by, capture):
    comments = list(packet_comments(capture, _classifier("series"), by=by))
    assert [number for number, _ in comments] == [0, 2, 3, 4]
    assert {text for _, text in comments} == {
        "application: x 0.75; auxiliary: z 1.00"
    }


def test_unknown_has_no_probability(capture):
    classifier = _classifier("packet", unknown={"row": [0.0, 0.5, 1.0]})
    comments = dict(packet_comments(capture, classifier, reject=0.5))
    assert comments[3] == "application: unknown; auxiliary: unknown"
    assert comments[0] == "application: x 1.00; auxiliary: z 1.00"


def test_flow_that_others_have_come_after_has_one_label(capture, monkeypatch):
    monkeypatch.setattr(frame_batches, "CHUNK_FRAMES", 1)
    few = FlowLimits(flows=1)
    monkeypatch.setitem(label_frames.__kwdefaults__, "limits", few)
    classifier = _classifier("packet")
    comments = dict(packet_comments(capture, classifier, by="flow"))
    assert (
        comments[0] == comments[4] == "application: x 0.62; auxiliary: z 1.00"
    )


def test_equal_labels_are_kept_once(tmp_path):
    path = tmp_path / "c.pcap"
    path.write_bytes(pcap([FRAMES[3], FRAMES[4]]))
    classifier = _classifier("packet")
    [first, second] = packet_comments(path, classifier, by="flow")
    assert first[1] is second[1]
