import dataclasses
import json
import shutil

import numpy as np
import pytest
from shared_data import SHARED
from shared_data import requires_shared
from small_captures import DUMMY_DATA
from small_captures import write_small_capture

from mtc_tf.cli import main
from mtc_tf.data.labels import read_label_map
from mtc_tf.errors import InputError
from mtc_tf.evaluation.other_captures import evaluate_captures
from mtc_tf.evaluation.other_captures_text import captures_text
from mtc_tf.files.shipped import shipped
from mtc_tf.inference.row_classifier import RowClassifier
from mtc_tf.packets import capture_name
from mtc_tf.packets.capture_files import find_captures
from mtc_tf.runs.model_facts import ModelFacts
from mtc_tf.runs.run_directory import Run

NAMES = ["Mail", "Phone", "Web"]
FACTS = ModelFacts({"application": NAMES}, "strict")
LABELS = b"""capture,application,traffic_type
call_*,Phone,VoIP
mail,Mail,Email
game,Game,
"""


def _run(*captures):
    rows = [{"capture": name} for name in captures]
    return Run("RUN", {"report": {"captures": rows}}, FACTS)


@pytest.fixture
def folder(tmp_path):
    """Two calls of four flows, three mails, a game, and one without label."""
    for name, flows in (("call_1", 4), ("call_2", 4), ("mail", 3), ("game", 2)):
        write_small_capture(tmp_path / f"{name}.pcap", flows=flows)
    write_small_capture(tmp_path / "other.pcap")
    return tmp_path


def _classifier(answers):
    """Answers the flows one after the other; small flows have 3 packets."""
    answers = iter(np.repeat(answers, 3, axis=0))

    def function(rows):
        return {"application": np.array([next(answers) for _ in rows])}

    return RowClassifier(FACTS, function)


PHONE, MAIL, WEB = [0.25, 0.75, 0], [0.5, 0.25, 0.25], [0.125, 0.125, 0.75]


def test_figures_by_hand(folder):
    # In the order of the names: call_1, call_2, game, mail.
    answers = [*[PHONE] * 4, *[PHONE] * 2, *[MAIL] * 2, *[WEB] * 2]
    answers += [MAIL, WEB, WEB]
    result = evaluate_captures(
        _run("else"),
        _classifier(answers),
        folder,
        read_label_map(LABELS, name="labels.csv"),
    )
    assert [(x["capture"], x["flows"]) for x in result["captures"]] == [
        ("call_1", 4),
        ("call_2", 4),
        ("game", 2),
        ("mail", 3),
    ]
    assert result["captures"][1]["tasks"]["application"] == {
        "label": "Phone",
        "knows": True,
        "answers": {"Phone": 2, "Mail": 2},
        "probability": pytest.approx(0.625),
    }
    task = result["tasks"]["application"]
    assert (task["flows"], task["groups"]) == (11, 3)
    assert task["unknown_classes"] == {"Game": 2}
    assert task["probability_unknown"] == pytest.approx(0.75)
    # (6 * .75 + 2 * .5 + .5 + 2 * .75) / 11
    assert task["probability_known"] == pytest.approx(7.5 / 11)
    assert task["accuracy"]["value"] == pytest.approx(7 / 11)
    # Phone: 6 of 8, none wrongly; mail: 1 of 3, 2 calls are taken for it.
    f1 = (2 * 6 / (8 + 6) + 2 * 1 / (3 + 3)) / 2
    assert task["macro_f1"]["value"] == pytest.approx(f1)
    low, high = task["accuracy"]["interval"]
    assert 1 / 3 <= low < 7 / 11 < high <= 1
    text = captures_text(result)
    assert (
        "11 flows in 3 groups whose class the model has: accuracy 0.6" in text
    )
    assert "2 flows of classes that it does not have (Game 2)" in text
    assert "Game (not a class)" in text


def test_rejected_flows_are_counted_by_hand(folder):
    # Of 101 known scores from 0 to 100, 95 and 90 are exceeded by 5 and 10 %.
    scores = list(map(float, range(101)))
    facts = dataclasses.replace(FACTS, unknown={"row": scores, "flow": scores})
    # Flows of 3 packets each: call_1, call_2, game, mail.
    each = [0, 91, 96, 99, 0, 0, 95, 92, 99, 93, 0, 0, 90]
    # Each capture is answered once for each rate.
    passes = [each[:4] * 2, each[4:8] * 2, each[8:10] * 2, each[10:] * 2]
    left = iter(np.repeat(np.concatenate(passes), 3))

    def function(rows):
        return {
            "application": np.array([PHONE] * len(rows)),
            "unknown": np.array([next(left) for _ in rows], np.float32),
        }

    result = evaluate_captures(
        _run("else"),
        _classifier([PHONE] * 13),
        folder,
        read_label_map(LABELS, name="labels.csv"),
        RowClassifier(facts, function),
    )
    assert {x["capture"]: x["rejected"] for x in result["captures"]} == {
        "call_1": {"0.05": 2, "0.1": 3},
        "call_2": {"0.05": 0, "0.1": 2},
        "game": {"0.05": 1, "0.1": 2},
        "mail": {"0.05": 0, "0.1": 0},
    }
    task = result["tasks"]["application"]
    assert task["rejected_known"] == {"0.05": 2, "0.1": 5}
    assert task["rejected_unknown"] == {"0.05": 1, "0.1": 2}
    # What is rejected counts all the same in the other figures.
    assert task["accuracy"]["value"] == pytest.approx(8 / 11)
    text = captures_text(result)
    assert (
        "rejected as unknown 2 where 5% of known traffic may be, 5 where 10% "
        "of known traffic may be"
    ) in text
    assert "rejected at 5%" in text


BY_FLOW = b"""capture,application,traffic_type,flows
mixed,Phone,VoIP,port 40001
mixed,Mail,Email,port 40002 or port 40003
mixed,Game,,tcp
"""


def test_flows_of_one_capture_have_several_labels(tmp_path):
    write_small_capture(tmp_path / "mixed.pcap", flows=4)
    facts = dataclasses.replace(FACTS, unknown={"row": [0.0], "flow": [0.0]})
    # The second and the fourth flow are rejected, at both rates.
    scores = iter(np.repeat([0, 1, 0, 1] * 2, 3).astype(np.float32))

    def function(rows):
        return {
            "application": np.array([PHONE] * len(rows)),
            "unknown": np.array([next(scores) for _ in rows]),
        }

    result = evaluate_captures(
        _run(),
        _classifier([WEB, PHONE, MAIL, PHONE]),
        tmp_path,
        read_label_map(BY_FLOW, name="labels.csv"),
        RowClassifier(facts, function),
    )
    assert [
        (x["filter"], x["flows"], x["tasks"]["application"]["answers"])
        for x in result["captures"]
    ] == [
        ("port 40001", 1, {"Phone": 1}),
        ("port 40002 or port 40003", 2, {"Mail": 1, "Phone": 1}),
        ("tcp", 0, {}),
    ]
    assert [x["rejected"]["0.05"] for x in result["captures"]] == [1, 1, 0]
    assert result["flows_without_labels"] == {"mixed": 1}
    task = result["tasks"]["application"]
    assert (task["flows"], task["groups"]) == (3, 1)
    assert task["accuracy"]["value"] == pytest.approx(2 / 3)
    text = captures_text(result)
    assert "mixed, port 40001 " in text
    assert text.endswith("\n\nflows without a label, left out: mixed 1")


def test_nothing_that_the_model_knows(folder):
    (folder / "call_1.pcap").unlink()
    (folder / "call_2.pcap").unlink()
    (folder / "mail.pcap").unlink()
    result = evaluate_captures(
        _run(), _classifier([WEB] * 2), folder, read_label_map(LABELS, name="x")
    )
    task = result["tasks"]["application"]
    assert task["flows"] == 0 and "accuracy" not in task
    assert "no flow whose class the model has" in captures_text(result)


def test_one_group_has_no_interval(folder):
    for name in ("call_2", "mail", "game"):
        (folder / f"{name}.pcap").unlink()
    result = evaluate_captures(
        _run(),
        _classifier([PHONE] * 4),
        folder,
        read_label_map(LABELS, name="x"),
    )
    accuracy = result["tasks"]["application"]["accuracy"]
    assert accuracy == {"value": 1.0, "interval": None}


def test_captures_of_the_dataset_are_refused(folder):
    label_map = read_label_map(LABELS, name="x")
    with pytest.raises(InputError, match="call_1.pcap.*'RUN' holds a cap"):
        evaluate_captures(_run("Call_1"), None, folder, label_map)


def test_folder_without_labelled_captures(tmp_path):
    write_small_capture(tmp_path / "other.pcap")
    label_map = read_label_map(LABELS, name="my labels")
    with pytest.raises(InputError, match="none of its 1 captures.*my labels"):
        evaluate_captures(_run(), None, tmp_path, label_map)


def test_command(left_out_run, tmp_path, capsys):
    folder = tmp_path / "captures"
    folder.mkdir()
    write_small_capture(folder / "ours.pcap")
    run = tmp_path / "run"
    shutil.copytree(left_out_run, run)
    arguments = ["evaluate", f"--workdir={run}", f"--captures={folder}"]
    assert main(arguments) == 1
    assert f"the labels {folder / 'labels.csv'}" in capsys.readouterr().err
    (folder / "labels.csv").write_text(
        "capture,application,traffic_type\nours,AIM Chat,Chat\n"
    )
    assert main(arguments) == 0
    out = capsys.readouterr().out
    path = run / "other_captures.json"
    page = run / "report.html"
    assert out.endswith(f"written to {path}\nthe page of it: {page}\n")
    assert "On other networks</h2>" in page.read_text("utf-8")
    result = json.loads(path.read_text())
    assert result["tasks"]["application"]["flows"] == 4
    assert set(result["captures"][0]["rejected"]) == {"0.05", "0.1"}


def test_what_does_not_go_together(trained_run, trained_record_run, capsys):
    for arguments, message in (
        ([f"--workdir={trained_run}", "--labels=x"], "goes with --captures"),
        (
            [f"--workdir={trained_record_run}", f"--captures={DUMMY_DATA}"],
            "a model of records",
        ),
    ):
        assert main(["evaluate", *arguments]) == 1
        [line] = capsys.readouterr().err.splitlines()
        assert message in line


@requires_shared
def test_every_capture_of_others_has_a_label():
    path = shipped("datasets") / "other_captures/labels.csv"
    label_map = read_label_map(path.read_bytes(), name="labels")
    paths, _ = find_captures(SHARED / "other_captures")
    names = list(map(capture_name, paths))
    assert len(names) == 29
    assert all(map(label_map.lookup, names))
    assert label_map.unmatched(names) == []
