import dataclasses

import numpy as np
import pytest
from capture_bytes import pcap
from small_captures import DUMMY_DATA

from mtc_tf.errors import InputError
from mtc_tf.files.shipped import shipped_model
from mtc_tf.inference.label_packets import label_capture
from mtc_tf.inference.remote.sample_rows import sample_rows
from mtc_tf.inference.stored_model import load_classifier
from mtc_tf.packets import preprocess_capture
from mtc_tf.runs.model_facts import ModelFacts

# Four flows of three packets.
CAPTURE = DUMMY_DATA / "aimchat2.pcap"


def test_packets():
    facts = ModelFacts({"application": ["a", "b"]}, recipe="strict")
    [batch] = preprocess_capture(CAPTURE, recipe="strict")
    rows = sample_rows(CAPTURE, facts, 100)
    np.testing.assert_array_equal(rows, batch.packets)
    np.testing.assert_array_equal(sample_rows(CAPTURE, facts, 5), rows[:5])


def test_windows_are_those_that_classify_asks_for():
    classifier = load_classifier(shipped_model() / "model.tflite")
    asked = []

    def ask(rows):
        asked.append(rows)
        return classifier.function(rows)

    noted = dataclasses.replace(classifier, function=ask)
    list(label_capture(CAPTURE, noted))
    rows = sample_rows(CAPTURE, classifier.facts, 100)
    np.testing.assert_array_equal(rows, np.concatenate(asked))


def test_capture_without_packets(tmp_path):
    (tmp_path / "x.pcap").write_bytes(pcap([]))
    facts = ModelFacts({"application": ["a", "b"]}, recipe="strict")
    with pytest.raises(InputError, match=r"x.pcap: no packet was kept"):
        sample_rows(tmp_path / "x.pcap", facts, 5)
