import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from capture_bytes import ipv4
from capture_bytes import udp
from lab_captures import lab_capture
from small_captures import DUMMY_DATA

from mtc_tf.export.frame_signature import frame_function
from mtc_tf.files.json_files import read_json
from mtc_tf.files.shipped import shipped_model
from mtc_tf.inference.keras_model import classifier_of
from mtc_tf.inference.keras_model import serving_function
from mtc_tf.inference.label_packets import label_capture
from mtc_tf.inference.stored_model import load_classifier
from mtc_tf.models.loading import load_model
from mtc_tf.packets import CaptureReport
from mtc_tf.packets import preprocess_capture
from mtc_tf.packets import read_capture
from mtc_tf.runs.model_facts import ModelDescription
from mtc_tf.runs.model_facts import parse_model_facts

KEPT = ipv4(udp(b"x" * 32), protocol=17)
DNS = ipv4(udp(b"x" * 32, (40000, 53)), protocol=17)
RAW_IP = 101


def frames_of(path):
    """Frames, link types and times of a small capture, as lists."""
    [batch] = read_capture(path)
    return (
        batch.frames(),
        batch.link_types.tolist(),
        batch.timestamps.tolist(),
    )


@pytest.fixture(scope="module")
def of_packets(exported_run):
    model = tf.saved_model.load(str(exported_run / "saved_model/1"))

    def call(frames, link_types):
        outputs = model.signatures["classify_frames"](
            frames=tf.constant(frames, tf.string),
            link_types=tf.constant(link_types, tf.int32),
        )
        return {name: values.numpy() for name, values in outputs.items()}

    return call


@pytest.mark.parametrize("capture", ["AIMchat1.pcapng", "vpn_bittorrent.pcap"])
def test_frames_get_the_labels_of_classify(of_packets, exported_run, capture):
    classifier = load_classifier(exported_run)
    report = CaptureReport()
    blocks = label_capture(DUMMY_DATA / capture, classifier, report=report)
    rows = [row for block in blocks for row in block]
    frames, link_types, _ = frames_of(DUMMY_DATA / capture)
    outputs = of_packets(frames, link_types)
    assert (outputs["reason"] == b"kept").sum() == report.kept == len(rows)
    for row in rows:
        place = row["packet"]
        assert outputs["reason"][place] == b"kept"
        for task, names in classifier.facts.tasks.items():
            probabilities = outputs[f"{task}_probabilities"][place]
            assert outputs[task][place].decode() == row[task]
            assert names[probabilities.argmax()] == row[task]
            assert probabilities.max() == pytest.approx(
                row[f"{task}_probability"], abs=6e-5
            )


def test_dropped_frames_have_a_reason_and_no_answer(of_packets):
    outputs = of_packets([DNS, KEPT, b"", KEPT], [RAW_IP, RAW_IP, 1, 300])
    reasons = [b"dns", b"kept", b"", b"unknown_link_type"]
    assert outputs["reason"].tolist() == reasons
    is_answered = np.array([False, True, False, False])
    assert ((outputs["application"] != b"") == is_answered).all()
    sums = outputs["application_probabilities"].sum(axis=1)
    np.testing.assert_allclose(sums, is_answered, atol=1e-6)


def test_batches_without_a_kept_frame(of_packets):
    assert of_packets([DNS], [RAW_IP])["application"].tolist() == [b""]
    assert of_packets([], [])["application_probabilities"].shape == (0, 17)


def test_score_of_the_unknown(exported_left_out_run):
    model = tf.saved_model.load(str(exported_left_out_run / "saved_model/1"))
    frames, link_types, _ = frames_of(DUMMY_DATA / "AIMchat1.pcapng")
    outputs = model.signatures["classify_frames"](
        frames=tf.constant([*frames, b""]),
        link_types=tf.constant([*link_types, 1]),
    )
    batches = preprocess_capture(DUMMY_DATA / "AIMchat1.pcapng")
    rows = np.concatenate([batch.packets for batch in batches])
    expected = load_classifier(exported_left_out_run).predict(rows)["unknown"]
    kept = outputs["reason"].numpy() == b"kept"
    received = outputs["unknown"].numpy()
    np.testing.assert_allclose(received[kept], expected, rtol=1e-4, atol=1e-4)
    assert received[-1] == 0


@pytest.mark.slow
def test_flows_get_the_labels_of_classify():
    folder = shipped_model()
    description = folder / "mtc.json"
    facts = parse_model_facts(
        read_json(description, ModelDescription), description
    )
    facts = dataclasses.replace(facts, unknown={})
    model = load_model(folder / "model.keras", compile=False)
    function = serving_function(model, None)
    classifier = classifier_of(facts, function, folder)
    in_graph = frame_function(function, facts)
    for name in ("browse_1", "sip_1", "vpn_openconnect_browse_11", "http_13"):
        _check_flows(lab_capture(name), classifier, in_graph)


def _check_flows(capture, classifier, in_graph):
    frames, link_types, times = frames_of(capture)
    facts = classifier.facts
    flows = {}
    for batch in preprocess_capture(
        capture, recipe=facts.recipe, masks=facts.masks
    ):
        for flow, number in zip(
            batch.flows.tolist(), batch.numbers.tolist(), strict=True
        ):
            flows.setdefault(flow, []).append(number)
    # Each flow with a frame that is dropped in its middle, and some filling.
    rows = [[*numbers[:3], None, *numbers[3:]] for numbers in flows.values()]
    longest = max(map(len, rows)) + 2

    def filled(values, dropped, filling):
        return [
            [dropped if x is None else values[x] for x in row]
            + [filling] * (longest - len(row))
            for row in rows
        ]

    outputs = in_graph(
        tf.constant(filled(frames, DNS, b"")),
        tf.constant([link_types[row[0]] for row in rows], tf.int32),
        tf.constant(filled(times, 0.0, 0.0), tf.float64),
    )
    blocks = label_capture(capture, classifier)
    expected = [row for block in blocks for row in block]
    assert len(expected) == len(rows)
    kept = (outputs["reason"].numpy() == b"kept").sum(axis=1)
    assert kept.tolist() == [row["packets"] for row in expected]
    for task in facts.tasks:
        names = [name.decode() for name in outputs[task].numpy()]
        assert names == [row[task] for row in expected]
        np.testing.assert_allclose(
            outputs[f"{task}_probabilities"].numpy().max(axis=1),
            [row[f"{task}_probability"] for row in expected],
            atol=6e-5,
        )
