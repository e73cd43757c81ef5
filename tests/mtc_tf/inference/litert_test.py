import json
import shutil

import numpy as np
import pytest
from lab_captures import lab_capture
from small_record_tables import DUMMY_DATA as DUMMY_RECORDS

from mtc_tf.errors import InputError
from mtc_tf.features.record_table import open_record_table
from mtc_tf.inference import litert
from mtc_tf.inference.stored_model import find_model
from mtc_tf.inference.stored_model import load_classifier
from mtc_tf.inference.tflite_archive import METADATA_FILE
from mtc_tf.inference.tflite_archive import split
from mtc_tf.packets import preprocess_capture


def _assert_same_answers(export, rows):
    """TensorFlow's of the SavedModel, and LiteRT's of the TFLite file."""
    expected = load_classifier(export / "saved_model").predict(rows)
    received = load_classifier(export / litert.MODEL_FILE).predict(rows)
    assert sorted(received) == sorted(expected)
    for task, probabilities in expected.items():
        np.testing.assert_allclose(received[task], probabilities, atol=1e-5)
    assert len(np.unique(probabilities, axis=0)) > len(rows) / 2


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_answer_alike(threads, exported_run):
    path = exported_run / litert.MODEL_FILE
    model, _ = split(path.read_bytes(), path)
    function = litert.load_function(model, path, threads)
    rows = np.arange(40 * 1500, dtype=np.uint8).reshape(40, 1500)
    expected = load_classifier(path).predict(rows)
    for task, probabilities in function(packets=rows).items():
        np.testing.assert_allclose(probabilities, expected[task], atol=1e-6)


def test_real_packets_are_answered_as_by_tensorflow(exported_run):
    names = ("irc_1", "vpn_openvpn_udp_sip_1", "tor_1")
    batches = [
        batch.packets
        for name in names
        for batch in preprocess_capture(lab_capture(name))
    ]
    _assert_same_answers(exported_run, np.concatenate(batches))


def test_records_are_answered_as_by_tensorflow(exported_record_run):
    features = find_model(exported_record_run).facts.features
    table = DUMMY_RECORDS / "Friday-WorkingHours-Morning.pcap_ISCX.csv"
    with open_record_table(table) as opened:
        rows = [chunk.float32() for chunk in opened.chunks(features)]
    _assert_same_answers(exported_record_run, np.concatenate(rows))


@pytest.fixture
def export(exported_run, tmp_path):
    """An export as it was before the TFLite file held what describes it."""
    path = exported_run / litert.MODEL_FILE
    model, _ = split(path.read_bytes(), path)
    (tmp_path / litert.MODEL_FILE).write_bytes(model)
    shutil.copy(exported_run / METADATA_FILE, tmp_path)
    return tmp_path


def _describe(export, **changes):
    """Changes the description; None takes a fact away."""
    path = export / METADATA_FILE
    content = json.loads(path.read_text()) | changes
    content = {k: v for k, v in content.items() if v is not None}
    path.write_text(json.dumps(content))


@pytest.mark.parametrize("name", ["", litert.MODEL_FILE])
def test_export_without_its_saved_model(name, export):
    classifier = load_classifier(export / name)
    answers = classifier.predict(np.zeros((3, 1500), np.uint8))
    assert {len(answer) for answer in answers.values()} == {3}


def test_file_of_another_name(export):
    (export / litert.MODEL_FILE).rename(export / "mtc-2.tflite")
    load_classifier(export / "mtc-2.tflite")


def test_export_of_before_has_no_digest(export):
    _describe(export, tflite_sha256=None)
    load_classifier(export)


def _flip(content):
    """Changes a bit of a weight, which LiteRT does not notice."""
    content[len(content) // 2] ^= 64


def _cut(content):
    del content[-1000:]


def _lengthen(content):
    content.extend(b"\0")


@pytest.mark.parametrize("damage", [_flip, _cut, _lengthen])
def test_damaged_file_is_not_run(damage, export):
    path = export / litert.MODEL_FILE
    content = bytearray(path.read_bytes())
    damage(content)
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_classifier(path)
    assert str(caught.value) == (
        f"{path}: not the file that mtc.json beside it describes; it is "
        "damaged, or of another export"
    )


@pytest.mark.parametrize("length", [0, 3, 1000, -8])
def test_damaged_file_without_a_digest(length, export):
    _describe(export, tflite_sha256=None)
    path = export / litert.MODEL_FILE
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(
        InputError, match="the TFLite file cannot be l"
    ) as caught:
        load_classifier(path)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tasks": {"other": ["x", "y"]}}, "the model has the tasks"),
        ({"tasks": None}, "mtc.json lacks 'tasks'"),
        ({"features": ["f", "g"]}, "the model cannot be run: Invalid number"),
        ({"features": ["f"]}, "the model cannot be run: Invalid Input name"),
        ({"recipe": "none"}, "names a preprocessing that this version does"),
        ({"tflite_sha256": "0a"}, "not the file that mtc.json beside it"),
        ({"tflite_sha256": 1}, "mtc.json does not hold what it should"),
    ],
)
def test_file_with_another_description(changes, message, export):
    _describe(export, **changes)
    with pytest.raises(InputError, match=message) as caught:
        load_classifier(export / litert.MODEL_FILE)
    assert str(caught.value).startswith(str(export))
    assert str(caught.value).isprintable()


def test_file_without_a_description(export):
    (export / METADATA_FILE).unlink()
    with pytest.raises(InputError) as caught:
        load_classifier(export / litert.MODEL_FILE)
    assert str(caught.value) == (
        f"{export}/model.tflite: nothing describes the model: mtc.json is "
        "neither in it nor beside it; `mtc export` writes it"
    )


def test_file_that_is_missing(export):
    (export / litert.MODEL_FILE).unlink()
    with pytest.raises(InputError, match="model.tflite: No such file or dir"):
        load_classifier(export / litert.MODEL_FILE)


def test_notes_of_litert_stay_off_the_terminal(export, capfd):
    load_classifier(export)
    assert capfd.readouterr() == ("", "")
