import io

import numpy as np
import pandas as pd
import pytest
from small_captures import DUMMY_DATA
from small_record_tables import DUMMY_DATA as DUMMY_RECORDS

import mtc_tf
from mtc_tf import TrafficClassifier
from mtc_tf.errors import InputError
from mtc_tf.features.record_table import open_record_table
from mtc_tf.inference import traffic_classifier as module
from mtc_tf.inference.row_classifier import RowClassifier
from mtc_tf.runs.model_facts import ModelFacts

CAPTURE = DUMMY_DATA / "aimchat2.pcap"
TABLE = DUMMY_RECORDS / "Friday-WorkingHours-Morning.pcap_ISCX.csv"
TASKS = {"application": ["x", "y"], "traffic_type": ["a", "b", "c"]}


def _answer(rows):
    """`y`, the surer the higher the first value; always `c`."""
    share = np.float32(rows.reshape(len(rows), -1)[:, :1]) / 255
    return {
        "application": np.concatenate([1 - share, share], axis=1),
        "traffic_type": np.tile(np.float32([0.25, 0, 0.75]), (len(rows), 1)),
        "unknown": share[:, 0],
    }


def _classifier(reject=None, **facts):
    facts = ModelFacts(
        TASKS, "strict", unknown={"row": [0.0, 0.5, 1.0]}, **facts
    )
    return TrafficClassifier(RowClassifier(facts, _answer), reject)


def _rows(*first_values):
    rows = np.zeros((len(first_values), 1500), np.uint8)
    rows[:, 0] = first_values
    return rows


def test_classes_of_rows():
    classifier = _classifier()
    answers = classifier.predict(_rows(0, 255))
    assert {task: names.tolist() for task, names in answers.items()} == {
        "application": ["x", "y"],
        "traffic_type": ["c", "c"],
    }
    assert classifier.classes_["traffic_type"].tolist() == ["a", "b", "c"]


def test_one_task():
    classifier = _classifier()
    answers = classifier.predict(_rows(0, 255), task="application")
    assert answers.tolist() == ["x", "y"]
    probabilities = classifier.predict_proba(_rows(51), task="application")
    np.testing.assert_allclose(probabilities, [[0.8, 0.2]], rtol=1e-6)


def test_probabilities_are_of_tasks_alone():
    answers = _classifier().predict_proba(_rows(0, 255, 255))
    assert {task: x.shape for task, x in answers.items()} == {
        "application": (3, 2),
        "traffic_type": (3, 3),
    }


def test_unknown_rows():
    answers = _classifier(reject=0.5).predict(_rows(0, 255), "traffic_type")
    assert answers.tolist() == ["c", "unknown"]


@pytest.mark.parametrize(
    ("rows", "task", "message"),
    [
        (_rows(1), "x", "task: expected one of application, traffic_type, rec"),
        (_rows(), None, r"at least one row, received \(0, 1500\)"),
        (_rows(1)[:, :9], None, r"\(rows, 1500\), .* received \(1, 9\)"),
    ],
)
def test_rows_and_tasks_that_cannot_be(rows, task, message):
    with pytest.raises(InputError, match=message):
        _classifier().predict(rows, task)


@pytest.mark.parametrize(
    ("value", "received"),
    [(0.5, "0.5"), (300, "300"), (-1, "-1"), (float("nan"), "nan")],
)
@pytest.mark.parametrize("form", [np.array, list])
def test_values_that_are_no_bytes(value, received, form):
    row = form([value] + [0] * 1499)
    with pytest.raises(InputError, match=f"no uint8: received {received}"):
        _classifier().predict([row])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[0] * 1500, [0]], "rows: setting an array element with a sequence"),
        ([["x"] * 1500], "rows: expected numbers, received <U1"),
        ([[10**30] * 1500], "rows: expected numbers, received object"),
    ],
)
def test_rows_that_are_no_numbers(rows, message):
    with pytest.raises(InputError, match=message):
        _classifier().predict_proba(rows)


def test_frame_with_types_of_pandas_alone():
    classifier = _classifier(features=("f", "g"))
    frame = pd.DataFrame({"g": [1, 2], "other": "x", "f": [0.0, 255.0]})
    frame = frame.convert_dtypes()
    assert classifier.predict(frame, "application").tolist() == ["x", "y"]
    frame.loc[1, "f"] = pd.NA
    with pytest.raises(InputError, match="^rows: "):
        classifier.predict(frame)
    frame["f"] = "text"
    with pytest.raises(InputError, match="^rows: could not convert string"):
        classifier.predict(frame)


@pytest.mark.parametrize("reject", [0, 1.5])
def test_share_that_cannot_be(reject):
    with pytest.raises(InputError, match="reject: expected a share above 0"):
        TrafficClassifier.load(reject=reject)


def test_capture_as_a_data_frame(exported_left_out_run):
    model = exported_left_out_run / "model.tflite"
    frame = TrafficClassifier.load(model).classify(CAPTURE)
    rows = [
        row
        for rows in mtc_tf.label_capture(CAPTURE, mtc_tf.load_classifier(model))
        for row in rows
    ]
    assert frame.columns.tolist() == list(rows[0])
    assert frame["packet"].tolist() == [row["packet"] for row in rows]
    assert str(frame["time"].dtype) == "datetime64[us, UTC]"
    assert frame["time"][0] == pd.Timestamp(rows[0]["time"])
    assert frame["source_port"].dtype == "UInt16"
    assert frame["application_probability"].dtype == "float64"
    assert frame["application"].tolist() == [row["application"] for row in rows]


def test_flows_and_streams(exported_left_out_run):
    classifier = TrafficClassifier.load(exported_left_out_run / "model.tflite")
    frame = classifier.classify(str(CAPTURE), by="flow")
    stream = classifier.stream(io.BytesIO(CAPTURE.read_bytes()), by="flow")
    first, *others = stream
    assert first["capture"] == "-" and len(others) == len(frame) - 1
    assert frame["packets"].sum() == first["packets"] + sum(
        row["packets"] for row in others
    )


def test_rows_come_one_by_one(monkeypatch):
    drawn = []

    def label_stream(*_, **__):
        for number in range(2):
            drawn.append(number)
            yield [{"packet": number}]

    monkeypatch.setattr(module, "label_stream", label_stream)
    stream = _classifier().stream("x")
    assert next(stream) == {"packet": 0}
    assert drawn == [0]


def test_table_of_records(exported_record_run):
    classifier = TrafficClassifier.load(exported_record_run / "model.tflite")
    frame = classifier.classify(TABLE)
    assert frame.columns.tolist()[:2] == ["file", "line"]
    features = classifier.facts.features
    with open_record_table(TABLE) as table:
        rows = np.concatenate([x.float32() for x in table.chunks(features)])
    known = np.isfinite(rows).all(axis=1)
    answers = classifier.predict(rows[known])
    # A record that lacks a value has no answer.
    assert frame["attack"].isna().tolist() == (~known).tolist()
    assert frame["attack"][known].tolist() == answers["attack"].tolist()

    columns = pd.DataFrame(rows[known], columns=features).iloc[:, ::-1]
    columns["other"] = 1.0
    assert classifier.predict(columns, "attack").tolist() == (
        answers["attack"].tolist()
    )
    with pytest.raises(
        InputError, match=f"rows lack the columns {features[0]}"
    ):
        classifier.predict(columns.drop(columns=features[0]))


@pytest.mark.parametrize(("name", "value"), [("by", "flow"), ("max_flows", 2)])
def test_arguments_that_are_for_captures(name, value):
    stream = _classifier(features=("f",)).stream(TABLE, **{name: value})
    with pytest.raises(InputError, match=f"{name}={value!r} is for captures"):
        next(stream)


def test_flows_of_a_stream():
    rows = _classifier().stream(CAPTURE, by="flow", packets_per_flow=2)
    assert {row["packets"] for row in rows} == {2}


def test_model_behind_a_server(monkeypatch):
    asked = []

    def load_classifier(*arguments):
        asked.append(arguments)
        return RowClassifier(ModelFacts(TASKS, "strict"), _answer)

    monkeypatch.setattr(module, "load_classifier", load_classifier)
    address = "grpc://localhost:8500/mtc"
    classifier = TrafficClassifier.load(address, description="OUT")
    assert classifier.facts.tasks == TASKS
    assert asked == [(address, "OUT")]


def test_description_of_the_package_s_model():
    with pytest.raises(InputError, match="is for a model behind a server"):
        TrafficClassifier.load(description="OUT")


def test_model_of_the_package():
    classifier = TrafficClassifier.load()
    assert classifier.facts.packets_per_flow == 10
    frame = classifier.classify(CAPTURE)
    assert len(frame) == 4 and "packets" in frame.columns
    assert set(frame["application"]) == {"unknown"}
    assert frame["application_probability"].isna().all()


def test_model_that_tells_nothing_unknown(exported_run):
    with pytest.raises(InputError, match="has no score of unknown traffic"):
        TrafficClassifier.load(exported_run / "model.tflite", reject=0.1)
