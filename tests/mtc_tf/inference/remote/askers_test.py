import dataclasses
import types

import numpy as np
import pytest
from model_server import rest_server
from small_captures import DUMMY_DATA

from mtc_tf.errors import InputError
from mtc_tf.files.shipped import shipped_model
from mtc_tf.inference.remote.askers import make_askers
from mtc_tf.inference.remote.sample_rows import sample_rows
from mtc_tf.inference.stored_model import load_classifier

# Four flows, a window each.
CAPTURE = DUMMY_DATA / "aimchat2.pcap"


def test_questions_go_round_the_rows_of_the_capture():
    classifier = load_classifier(shipped_model() / "model.tflite")
    asked = []

    def note(rows):
        asked.append(rows)
        return classifier.function(rows)

    noted = dataclasses.replace(classifier, function=note)
    with rest_server(noted) as address:
        askers = make_askers(address, shipped_model(), CAPTURE, 3, 2)
        assert len(askers) == 2
        askers[0](0)
        askers[1](1)
    rows = sample_rows(CAPTURE, classifier.facts, 10)
    assert len(rows) == 4
    for received, expected in zip(
        asked, (rows[[0, 1, 2]], rows[[3, 0, 1]]), strict=True
    ):
        np.testing.assert_array_equal(received, expected)


def test_answers_are_checked():
    classifier = load_classifier(shipped_model() / "model.tflite")
    # A server that passes on what the model says to one row.
    wrong = types.SimpleNamespace(
        facts=classifier.facts,
        predict=lambda rows: classifier.predict(rows[:1]),
    )
    with rest_server(wrong) as address:
        [ask] = make_askers(address, shipped_model(), CAPTURE, 2, 1)
        with pytest.raises(InputError, match="answers 2 rows with probab"):
            ask(0)
