"""`mtc classify` on tables of records, and the model behind it."""

import csv
import gzip
import io
import json
import sys
import types

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from classify_notes import assert_same_answers
from small_captures import DUMMY_DATA as CAPTURES
from small_record_tables import COLUMNS
from small_record_tables import DUMMY_DATA
from small_record_tables import KEPT
from small_record_tables import LATER_HEADERS
from small_record_tables import later_table
from small_record_tables import random_records
from small_record_tables import record
from small_record_tables import table

from mtc_tf.cli import main
from mtc_tf.evaluation.evaluate import evaluate
from mtc_tf.inference.keras_model import rows_function
from mtc_tf.inference.label_records import RecordReport
from mtc_tf.inference.label_records import label_record_table
from mtc_tf.inference.stored_model import load_classifier
from mtc_tf.runs.model_facts import ModelFacts
from mtc_tf.runs.model_facts import argument_name
from mtc_tf.runs.run_directory import load_run

TABLE = DUMMY_DATA / "Friday-WorkingHours-Morning.pcap_ISCX.csv"
FLOWS = 60


@pytest.fixture
def classify(exported_record_run, capsys):
    """Runs `mtc classify`; returns exit code, standard output and error."""

    def run(*arguments):
        # Of all forms of a model it is the one that is loaded at once.
        tflite = exported_record_run / "model.tflite"
        model = [] if "--model" in arguments else ["--model", tflite]
        status = main(["classify", *map(str, [*arguments, *model])])
        return status, *capsys.readouterr()

    return run


def _columns(rows):
    """A table's kept columns as numbers, in the order of the model."""
    return np.float32([[row[COLUMNS.index(x)] for x in KEPT] for row in rows])


def test_table_of_records(classify):
    status, out, err = classify(TABLE, "--format=csv")
    rows = list(csv.DictReader(out.splitlines()))
    assert (status, err, len(rows)) == (0, "", FLOWS)
    assert list(rows[0]) == [
        "file",
        "line",
        "attack",
        "attack_probability",
        "malicious",
        "malicious_probability",
    ]
    assert [row["line"] for row in rows] == [str(n + 2) for n in range(FLOWS)]
    assert {row["file"] for row in rows} == {str(TABLE)}


def test_every_form_of_a_model_gives_the_same(
    classify, trained_record_run, exported_record_run
):
    _, of_tflite, _ = classify(TABLE, "--format=jsonl")
    for model in (trained_record_run, exported_record_run):
        _, out, _ = classify(TABLE, "--format=jsonl", "--model", model)
        assert_same_answers(out, of_tflite)


def test_order_of_columns_and_other_columns_play_no_part(classify, tmp_path):
    rows = random_records(["BENIGN"] * 3 + ["DDoS"] * 3)
    plain, other = tmp_path / "plain.csv", tmp_path / "other.csv"
    plain.write_bytes(table(rows))
    backwards = [["note"] + row[::-1] for row in rows]
    header = ",".join(["Note", *COLUMNS[::-1]])
    other.write_bytes(table(backwards, header=header))
    _, expected, _ = classify(plain, "--format=jsonl")
    _, received, _ = classify(other, "--format=jsonl")
    assert received.replace("other.csv", "plain.csv") == expected


def test_other_forms_of_one_table(classify, tmp_path):
    rows = random_records(["BENIGN", "DDoS", "PortScan"])
    content = table(rows)
    forms = {
        "plain": content,
        "gzip": gzip.compress(content),
        "utf-16": content.decode().encode("utf-16"),
        "old Mac": content.replace(b"\r\n", b"\r"),
        "index of pandas": b"," + content.rstrip().replace(b"\n", b"\n7,"),
        **{name: later_table(rows, name) for name in LATER_HEADERS},
    }
    for name, data in forms.items():
        (tmp_path / name).write_bytes(data)
    status, out, err = classify(
        *(tmp_path / name for name in forms), "--format=jsonl"
    )
    answers = {}
    for line in out.splitlines():
        row = json.loads(line)
        answers.setdefault(row.pop("file"), []).append(row)
    assert status == 0
    assert list(answers) == [str(tmp_path / name) for name in forms]
    plain, *others = answers.values()
    assert [row["line"] for row in plain] == [2, 3, 4]
    assert others == [plain] * len(others)
    warnings = err.splitlines()
    assert len(warnings) == len(LATER_HEADERS)
    for warning, name in zip(warnings, LATER_HEADERS, strict=True):
        assert f"{name}: columns named as in {name} were read" in warning


def test_rates_without_bound_get_no_answer(tmp_path):
    # The last is infinite in float32, which models compute in.
    texts = ["5", "Infinity", "-Infinity", "NaN", "inf", "1e38", "", "1e39"]
    path = tmp_path / "records.csv"
    path.write_bytes(table([record(**{"Flow Bytes/s": x}) for x in texts]))
    classifier = types.SimpleNamespace(
        facts=ModelFacts({"attack": ["Benign", "Bot"]}, features=tuple(KEPT)),
        predict=lambda rows: {"attack": np.full((len(rows), 2), [0.75, 0.25])},
    )
    report = RecordReport()
    [block] = label_record_table(path, classifier, report=report)
    assert (report.read, report.labelled) == (8, 2)
    assert report.warnings == [
        "6 of 8 records have an empty or infinite value and were not labelled"
    ]
    assert [row["attack"] for row in block] == [
        "Benign" if text in ("5", "1e38") else None for text in texts
    ]


def test_standard_input(classify, monkeypatch):
    content = io.TextIOWrapper(io.BytesIO(TABLE.read_bytes()))
    monkeypatch.setattr(sys, "stdin", content)
    status, out, err = classify("-", "--format=jsonl")
    assert (status, err) == (0, "")
    rows = [json.loads(line) for line in out.splitlines()]
    assert len(rows) == FLOWS
    assert {row["file"] for row in rows} == {"-"}


def test_records_without_a_value_get_no_answer(classify):
    monday = DUMMY_DATA / "Monday-WorkingHours.pcap_ISCX.csv"
    status, out, err = classify(monday, "--format=jsonl")
    answers = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [row["line"] for row in answers if row["attack"] is None] == [45, 46]
    assert answers[-1]["malicious_probability"] is None
    assert "2 of 45 records have an empty or infinite value" in err
    _, out, _ = classify(monday)
    assert out.splitlines()[-1].split()[1:] == ["46", "-", "-"]


def test_no_record_at_all(classify, tmp_path):
    path = tmp_path / "records.csv"
    path.write_bytes(table([]))
    status, out, err = classify(path)
    assert (status, out) == (1, "")
    warning, error = err.splitlines()
    assert warning == f"mtc: warning: {path}: the table holds no record"
    assert error == "mtc: error: no record was labelled of the 0 read"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([CAPTURES / "aimchat2.pcap"], "aimchat2.pcap: not a table; expected"),
        ([TABLE, "--by=flow"], "--by=flow is for captures"),
        (["none.csv"], "none.csv: No such file or directory"),
        ([DUMMY_DATA], f"{DUMMY_DATA}: Is a directory"),
    ],
)
def test_what_a_model_of_records_does_not_take(arguments, message, classify):
    status, out, err = classify(*arguments)
    assert (status, out) == (1, "")
    [line] = err.splitlines()
    assert message in line


def test_table_for_a_model_of_packets(classify, trained_run):
    status, out, err = classify(TABLE, "--model", trained_run)
    assert (status, out) == (1, "")
    assert f"{TABLE}: not a capture" in err


def test_missing_column_is_named(classify, tmp_path):
    path = tmp_path / "records.csv"
    path.write_bytes(TABLE.read_bytes().replace(b" Idle Max,", b" Idle Most,"))
    status, _, err = classify(path)
    assert status == 1
    assert "1 of 49 are missing: 'Idle Max'" in err


def test_model_scales_as_the_dataset_was_scaled(
    trained_record_run, prepared_record_dir
):
    """Raw values of a file give what its rows in the dataset give."""
    import tensorflow_datasets as tfds

    builder = tfds.builder("cicids2017/clean", data_dir=prepared_record_dir)
    examples = [
        example
        for example in tfds.as_numpy(builder.as_dataset("test"))
        if example["file"] == TABLE.name.encode()
    ]
    lines = TABLE.read_text("latin-1").splitlines()
    rows = [lines[example["line"] - 1].split(",") for example in examples]
    received = load_classifier(trained_record_run).predict(_columns(rows))
    model = load_run(trained_record_run).load_model()
    expected = rows_function(model)(np.stack([x["features"] for x in examples]))
    for task, probabilities in expected.items():
        np.testing.assert_allclose(received[task], probabilities, atol=1e-6)


def test_signatures_name_the_features(exported_record_run):
    names = [argument_name(feature) for feature in KEPT]
    saved = tf.saved_model.load(str(exported_record_run / "saved_model/1"))
    _, inputs = saved.signatures["serving_default"].structured_input_signature
    assert inputs == {
        name: tf.TensorSpec((None,), tf.float32, name=name) for name in names
    }
    interpreter = Interpreter(str(exported_record_run / "model.tflite"))
    [signature] = interpreter.get_signature_list().values()
    assert sorted(signature["inputs"]) == sorted(names)
    metadata = json.loads((exported_record_run / "mtc.json").read_text())
    assert metadata["features"] == KEPT
    assert metadata["arguments"] == names


def test_tflite_computes_what_the_run_computes(
    exported_record_run, trained_record_run
):
    rows = _columns(random_records(["BENIGN", "Bot", "DDoS"], seed=5))
    classifier = load_classifier(trained_record_run)
    expected = classifier.predict(rows)
    runner = Interpreter(
        str(exported_record_run / "model.tflite")
    ).get_signature_runner()
    for task, received in runner(**classifier.facts.arguments(rows)).items():
        np.testing.assert_allclose(received, expected[task], atol=1e-5)


def test_run_is_evaluated_on_both_tasks(trained_record_run):
    result = evaluate(load_run(trained_record_run), "test", baselines=None)
    assert sorted(result["tasks"]) == ["attack", "malicious"]
    assert result["tasks"]["attack"]["rows"] == 13
    assert result["recipe"] == "clean"
