"""All back ends give the same labels, on all captures at hand."""

import dataclasses
import gzip

import numpy as np
import pytest
import tensorflow as tf
from lab_captures import LAB_CAPTURES
from shared_data import SHARED

from mtc_tf.errors import InputError
from mtc_tf.export.frame_signature import frame_function
from mtc_tf.export.quantization import VARIANTS
from mtc_tf.export.quantization import quantize
from mtc_tf.export.saved_model import write_saved_model
from mtc_tf.export.tflite import tflite_model
from mtc_tf.files.json_files import read_json
from mtc_tf.files.shipped import shipped_model
from mtc_tf.inference import litert
from mtc_tf.inference import saved_model
from mtc_tf.inference.keras_model import classifier_of
from mtc_tf.inference.keras_model import serving_function
from mtc_tf.inference.label_packets import label_capture
from mtc_tf.inference.remote.sample_rows import sample_rows
from mtc_tf.inference.row_classifier import RowClassifier
from mtc_tf.inference.stored_model import load_classifier
from mtc_tf.models.loading import load_model
from mtc_tf.packets import read_capture
from mtc_tf.runs.model_facts import ModelDescription
from mtc_tf.runs.model_facts import parse_model_facts

pytestmark = pytest.mark.large

# Share of the rows of which a smaller variant may name one of three classes
# otherwise. Most of these captures show what the models do not know, where two
# classes are about as probable: what int8 loses of what they know, the export
# says.
ALLOWED = {"float16": 0.01, "dynamic": 0.03, "int8": 0.1}
# Of a capture, as many as there are.
_CALIBRATION_ROWS = 2048
_SHARED = ("iscx_vpn_nonvpn", "other_captures", "bug_reports")


@pytest.fixture(scope="module")
def captures():
    """Those of the lab, and all that are shared, where there are any."""
    paths = sorted(LAB_CAPTURES.glob("*.pcap.gz"))
    for folder in _SHARED:
        paths += sorted(
            path
            for path in (SHARED / folder).rglob("*")
            if path.is_file() and path.suffix not in (".csv", ".md")
        )
    return list(filter(_is_capture, paths))


def _is_capture(path):
    try:
        return next(read_capture(path), None) is not None
    except (InputError, gzip.BadGzipFile):
        return False


@pytest.fixture(scope="module")
def of_flows(tmp_path_factory):
    """The model of the package in all back ends, and its facts."""
    folder = tmp_path_factory.mktemp("of_flows")
    path = shipped_model() / "mtc.json"
    facts = parse_model_facts(read_json(path, ModelDescription), path)
    # The score needs what a run knows; labels do not.
    facts = dataclasses.replace(facts, unknown={})
    model = load_model(shipped_model() / "model.keras", compile=False)
    function = serving_function(model, None)
    signatures = {
        saved_model.SIGNATURE: function,
        saved_model.FRAMES_SIGNATURE: frame_function(function, facts),
    }
    write_saved_model(model, signatures, folder / "1")
    exact = tflite_model(folder / "1")
    rows = np.concatenate(
        [
            sample_rows(path, facts, _CALIBRATION_ROWS)
            for path in sorted(LAB_CAPTURES.glob("*_2.pcap.gz"))
        ]
    )
    smaller = {
        name: quantize(exact, name, {"series": rows}) for name in VARIANTS
    }
    functions = {
        "SavedModel": saved_model.load_function(folder / "1"),
        **{
            name: litert.load_function(content, name)
            for name, content in {"float32": exact, **smaller}.items()
        },
    }
    return {
        "Keras": classifier_of(facts, function, folder),
        **{
            name: RowClassifier(
                facts, lambda rows, own=own: own(**facts.arguments(rows))
            )
            for name, own in functions.items()
        },
    }, tf.saved_model.load(str(folder / "1"))


def _labels(captures, classifier, by):
    tasks = classifier.facts.tasks
    return {
        (
            path,
            row.get("packet"),
            row["time"],
            row["source"],
            row["destination"],
        )
        + (row["source_port"], row["destination_port"]): [
            row[task] for task in tasks
        ]
        for path in captures
        for block in label_capture(path, classifier, by=by)
        for row in block
    }


def _check(expected, received, allowed):
    assert sorted(map(str, received)) == sorted(map(str, expected))
    others = sum(received[key] != labels for key, labels in expected.items())
    assert others <= allowed * len(expected)


def test_flows(of_flows, captures):
    classifiers, _ = of_flows
    expected = _labels(captures, classifiers.pop("Keras"), "flow")
    assert len({tuple(labels) for labels in expected.values()}) > 10
    for name, classifier in classifiers.items():
        received = _labels(captures, classifier, "flow")
        _check(expected, received, ALLOWED.get(name, 0))


@pytest.mark.parametrize("by", ["packet", "flow"])
def test_packets(exported_left_out_run, captures, by):
    expected = _labels(captures, load_classifier(exported_left_out_run), by)
    assert len(expected) > 100
    for name in ("", "_float16", "_dynamic", "_int8"):
        file = exported_left_out_run / f"model{name}.tflite"
        received = _labels(captures, load_classifier(file), by)
        _check(expected, received, ALLOWED.get(name[1:], 0))


def test_frames(exported_left_out_run, captures):
    model = tf.saved_model.load(str(exported_left_out_run / "saved_model/1"))
    classifier = load_classifier(exported_left_out_run)
    for path in captures:
        expected = [
            row for block in label_capture(path, classifier) for row in block
        ]
        received = {}
        for batch in read_capture(path):
            outputs = model.signatures[saved_model.FRAMES_SIGNATURE](
                frames=tf.constant(batch.frames()),
                link_types=tf.constant(batch.link_types, tf.int32),
            )
            for place in np.flatnonzero(outputs["reason"].numpy() == b"kept"):
                received[batch.first_number + int(place)] = [
                    outputs[task].numpy()[place].decode()
                    for task in classifier.facts.tasks
                ]
        assert received == {
            row["packet"]: [row[task] for task in classifier.facts.tasks]
            for row in expected
        }
