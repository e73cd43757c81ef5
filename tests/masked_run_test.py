"""A model that was trained on masked rows, from its training to its answers."""

import json

import numpy as np
import pytest
from small_captures import DUMMY_DATA
from small_models import linear_model

from mtc_tf.cli import main
from mtc_tf.data.input_pipeline import load_builder
from mtc_tf.data.input_pipeline import read_columns
from mtc_tf.evaluation.ablation.ablate import ablate
from mtc_tf.evaluation.evaluate import evaluate
from mtc_tf.evaluation.evaluate import open_dataset
from mtc_tf.inference.label_packets import label_capture
from mtc_tf.inference.row_classifier import RowClassifier
from mtc_tf.inference.stored_model import load_classifier
from mtc_tf.packets.row_bits import mask_rows
from mtc_tf.runs.provenance import provenance
from mtc_tf.runs.run_directory import load_run

DATASET = "iscx_vpn_nonvpn/flow"
MASKS = ("ip.length", "udp.length", "transport.ports")
PARTS = ("train", "validation", "test")
CAPTURES = sorted(x for x in DUMMY_DATA.iterdir() if "pcap" in x.suffix)


@pytest.fixture(scope="module")
def workdir(prepared_data_dir, made_once):
    def train(workdir):
        from mtc_tf.training import trainer
        from mtc_tf.training.protocol import Protocol

        trainer.train(
            load_builder(DATASET, prepared_data_dir, masks=MASKS),
            workdir,
            Protocol(epochs=2, batch_size=8, randomize_fields=0.5),
            make_model=linear_model,
            loss_weights={"application": 1.0},
        )

    return made_once("masked", train)


@pytest.fixture(scope="module")
def run(workdir):
    return load_run(workdir)


@pytest.fixture(scope="module")
def builder(run):
    return open_dataset(run, provenance(run))


def _packets(builder, part):
    return read_columns(builder, part, ["packet"])["packet"]


def test_run_says_so(run):
    assert run.info["masks"] == list(MASKS)
    assert run.facts.masks == MASKS
    rows = run.load_sample()
    np.testing.assert_array_equal(rows, mask_rows(rows, MASKS))
    assert evaluate(run, "test", baselines=None)["masks"] == list(MASKS)


def test_captures_are_preprocessed_to_the_rows_of_the_dataset(run, builder):
    """What is served is what was trained on."""
    seen = set()

    def answer(rows):
        seen.update(row.tobytes() for row in rows)
        return {"application": np.full((len(rows), classes), 1 / classes)}

    facts = run.facts
    classes = len(facts.tasks["application"])
    for capture in CAPTURES:
        for _ in label_capture(capture, RowClassifier(facts, answer)):
            pass
    trained = {
        row.tobytes() for part in PARTS for row in _packets(builder, part)
    }
    assert trained and trained <= seen
    whole = load_builder(DATASET, run.info["dataset"]["data_dir"])
    assert seen.isdisjoint(row.tobytes() for row in _packets(whole, "test"))


@pytest.mark.slow
def test_export_has_the_masks(workdir, tmp_path):
    output = tmp_path / "export"
    assert main(["export", f"--workdir={workdir}", f"--output={output}"]) == 0
    assert json.loads((output / "mtc.json").read_text())["masks"] == [*MASKS]
    for model in (output, output / "saved_model", output / "model.tflite"):
        assert load_classifier(model).facts.masks == MASKS


@pytest.mark.usefixtures("few_trees")
def test_what_is_masked_cannot_be_ablated(run):
    result = ablate(run)
    assert result["masks"] == list(MASKS)
    for steps in result["tasks"]["application"]["models"].values():
        changed = {(x["input"], x["how"]): x["changed"] for x in steps}
        for how in ("zeroed", "randomised"):
            assert changed["lengths", how] == 0
            assert changed["transport.ports", how] == 0
        assert changed["ip.ttl", "zeroed"] == 1


@pytest.mark.usefixtures("few_trees")
def test_shallow_models_do_not_see_what_is_masked(run):
    figures = evaluate(run, "test")["tasks"]["application"]
    # All packets have the port 0, so that the look-up answers one class.
    evaluated = figures["classes_evaluated"]
    shares = [
        figures["classes"][name]["count"] / figures["rows"]
        for name in evaluated
    ]
    constants = [2 * p / (1 + p) / len(shares) for p in shares]
    answered = figures["baselines"]["lower port"]["macro_f1"]["value"]
    assert np.abs(np.array(constants) - answered).min() < 1e-9
