"""A model of flows, from captures to labels: what its run and exports hold."""

import csv
import io
import json

import numpy as np
import pytest
import tensorflow_datasets as tfds
from small_captures import DUMMY_DATA
from small_captures import write_small_capture

from mtc_tf.cli import main
from mtc_tf.data.input_pipeline import load_builder
from mtc_tf.data.input_pipeline import read_columns
from mtc_tf.data.input_pipeline import read_part
from mtc_tf.evaluation.evaluate import evaluate
from mtc_tf.export.parity import SCORE_TOLERANCE
from mtc_tf.inference.label_packets import label_capture
from mtc_tf.inference.row_classifier import RowClassifier
from mtc_tf.inference.stored_model import load_classifier
from mtc_tf.runs.confidence import UNKNOWN
from mtc_tf.runs.model_facts import ModelFacts
from mtc_tf.runs.run_directory import load_run

pytestmark = pytest.mark.slow

DATASET = "iscx_vpn_nonvpn/flow_series"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    from iscx_vpn_nonvpn.iscx_vpn_nonvpn_dataset_builder import Builder

    folder = tmp_path_factory.mktemp("series")
    Builder(data_dir=folder, config="flow_series").download_and_prepare(
        download_config=tfds.download.DownloadConfig(manual_dir=DUMMY_DATA)
    )
    return folder


def _train(data_dir, workdir, *flags):
    return main(
        [
            *("train", f"--data_dir={data_dir}", f"--workdir={workdir}"),
            *(f"--dataset={DATASET}", "--batch_size=4", "--epochs=1", *flags),
        ]
    )


@pytest.fixture(scope="module")
def run_dir(data_dir, tmp_path_factory):
    workdir = tmp_path_factory.mktemp("runs") / "run"
    flags = ("--model=mtc_series", "--class_power=0.5", "--max_steps=2")
    assert _train(data_dir, workdir, *flags) == 0
    return workdir


@pytest.fixture(scope="module")
def export(run_dir, tmp_path_factory):
    # For the temperatures, and the score of what is unknown.
    evaluate = ["evaluate", f"--workdir={run_dir}", "--no_baselines"]
    assert main(evaluate) == 0
    output = tmp_path_factory.mktemp("exports") / "export"
    # So few windows can lose any number of points.
    arguments = [f"--workdir={run_dir}", f"--output={output}"]
    assert main(["export", *arguments, "--max_f1_loss=100"]) == 0
    return output


def test_run_says_how_to_feed_its_model(run_dir, data_dir):
    run = load_run(run_dir)
    assert run.facts.packets_per_flow == 10
    assert run.info["model"]["class"] == "MTCSeries"
    sample = run.load_sample()
    assert sample.shape[1:] == (10, 68)
    stored = read_columns(
        load_builder(DATASET, data_dir), "validation", ["flow"]
    )
    assert len(sample) == len(stored["flow"])
    bins = run.load_model().get_layer("field_bins")
    # They were set before the training, and came with the file.
    assert np.asarray(bins.slopes).any()


def test_run_is_evaluated_window_by_window(run_dir):
    metrics = evaluate(load_run(run_dir), "test", baselines=None)
    application = metrics["tasks"]["application"]
    assert np.sum(application["confusion_matrix"]) == 5


def test_exports_answer_as_the_run(run_dir, export):
    rows = load_run(run_dir).load_sample()
    expected = load_classifier(run_dir).predict(rows)
    for path in (export / "saved_model", export / "model.tflite"):
        received = load_classifier(path).predict(rows)
        for name, values in expected.items():
            # As `check_parity` allows.
            bounds = {"rtol": SCORE_TOLERANCE} if name == UNKNOWN else {}
            np.testing.assert_allclose(
                received[name], values, **{"atol": 1e-5, **bounds}
            )


def test_smaller_files_answer_nearly_as_the_run(export):
    """8 bits cannot hold the -1e9 for packets that are not there."""
    parity = json.loads((export / "mtc.json").read_text())["parity"]
    for name in ("model_float16", "model_dynamic", "model_int8"):
        differences = parity[f"{name}.tflite"]
        differences.pop(UNKNOWN)
        assert max(differences.values()) < 0.25


@pytest.mark.large
@pytest.mark.parametrize("model", ["tscrnn", "cnn_gru"])
def test_other_models_of_flows_are_exported_too(model, data_dir, tmp_path):
    workdir = tmp_path / "run"
    assert _train(data_dir, workdir, f"--model={model}", "--max_steps=1") == 0
    export = [f"--workdir={workdir}", f"--output={tmp_path / 'export'}"]
    assert main(["export", *export]) == 0
    load_classifier(tmp_path / "export/model.tflite")


@pytest.mark.parametrize("file", ["saved_model", "model.tflite"])
def test_flows_are_labelled_though_nobody_asks_for_them(
    file, export, tmp_path, capsys
):
    capture = tmp_path / "x.pcap"
    write_small_capture(capture, flows=4, packets=23)
    arguments = [str(capture), f"--model={export / file}", "--format=csv"]
    assert main(["classify", *arguments]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["packets"] for row in rows] == ["23"] * 4
    assert [int(row["source_port"]) for row in rows] == [*range(40000, 40004)]


def test_packets_are_not_labelled(export, capsys):
    arguments = ["x.pcap", f"--model={export}", "--by=packet"]
    assert main(["classify", *arguments]) == 1
    assert capsys.readouterr().err == (
        "mtc: error: the model answers for flows, by windows of 10 packets: "
        "expected --by=flow, received --by=packet\n"
    )


@pytest.mark.parametrize("model", ["mtc", "mtc_lite", "cnn", "flow_mlp"])
def test_other_models_refuse_flows(model, data_dir, tmp_path, capsys):
    assert _train(data_dir, tmp_path / "run", f"--model={model}") == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith(f"mtc train: error: --model={model} looks at packet")
    assert last.endswith(f"--dataset={DATASET}, which holds series")


@pytest.mark.parametrize("model", ["mtc_series", "tscrnn", "cnn_gru"])
def test_models_of_flows_refuse_packets(
    model, prepared_data_dir, tmp_path, capsys
):
    code = main(
        [
            *("train", f"--data_dir={prepared_data_dir}", f"--model={model}"),
            f"--workdir={tmp_path / 'run'}",
            "--dataset=iscx_vpn_nonvpn/flow",
            "--batch_size=4",
        ]
    )
    assert code == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"mtc train: error: --model={model} looks at series; received: "
        "--dataset=iscx_vpn_nonvpn/flow, which holds packet"
    )


def test_masked_windows_are_those_of_a_masked_model(data_dir):
    """What is served is what a model was trained on."""
    masks = ("ip.length", "transport.ports")
    builder = load_builder(DATASET, data_dir, masks=masks)
    [(inputs, _, _)] = read_part(builder, "test", (), 1000)
    trained = {row.tobytes() for row in inputs["series"].numpy()}
    columns = read_columns(builder, "test", ["series"])
    assert trained == {row.tobytes() for row in columns["series"]}
    seen = set()

    def answer(windows):
        seen.update(window.tobytes() for window in windows)
        return {"application": np.full((len(windows), 2), 0.5)}

    facts = ModelFacts(
        {"application": ["a", "b"]}, "strict", masks, packets_per_flow=10
    )
    for capture in DUMMY_DATA.iterdir():
        if "pcap" in capture.suffix:
            for _ in label_capture(capture, RowClassifier(facts, answer)):
                pass
    assert trained and trained <= seen
    whole = read_columns(load_builder(DATASET, data_dir), "test", ["series"])
    assert seen.isdisjoint(row.tobytes() for row in whole["series"])
