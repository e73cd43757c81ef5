import json
import pathlib
import shutil
import subprocess

import numpy as np
import pytest
from small_captures import DUMMY_DATA

from export.shipped_model import main
from mtc_tf.files.shipped import shipped_model
from mtc_tf.inference import litert
from mtc_tf.inference.stored_model import load_classifier
from mtc_tf.inference.tflite_file import read_tflite
from mtc_tf.models.loading import load_model
from mtc_tf.packets import preprocess_capture
from mtc_tf.runs.run_directory import load_run

ROOT = pathlib.Path(__file__).resolve().parents[3]
CAPTURE = DUMMY_DATA / "aimchat2.pcap"


@pytest.fixture(scope="module")
def shipped(left_out_run, tmp_path_factory):
    output = tmp_path_factory.mktemp("shipped") / "model"
    assert main([f"--workdir={left_out_run}", f"--output={output}"]) == 0
    return output


def test_folder_holds_the_model_twice_and_its_card(shipped):
    names = sorted(path.name for path in shipped.iterdir())
    assert names == ["README.md", "model.keras", "model.tflite", "mtc.json"]


@pytest.mark.parametrize("of", ["written", "package"])
def test_description_in_the_file_is_that_beside_it(of, shipped):
    folder = {"written": shipped, "package": shipped_model()}[of]
    file = read_tflite(folder / litert.MODEL_FILE)
    assert file.described_by.endswith("mtc.json in it")
    beside = json.loads((folder / "mtc.json").read_text("utf-8"))
    assert file.description == beside


def test_both_have_weights_of_float16(
    shipped, left_out_run, exported_left_out_run
):
    weights = load_model(shipped / "model.keras", compile=False).get_weights()
    exact = load_run(left_out_run).load_model().get_weights()
    for rounded, before in zip(weights, exact, strict=True):
        assert np.array_equal(rounded, before.astype(np.float16))
    assert any(
        not np.array_equal(rounded, before)
        for rounded, before in zip(weights, exact, strict=True)
    )
    half, whole = (
        (folder / litert.MODEL_FILE).stat().st_size
        for folder in (shipped, exported_left_out_run)
    )
    assert half < 0.6 * whole


def test_tflite_answers_nearly_as_the_run(shipped, left_out_run):
    [batch] = preprocess_capture(str(CAPTURE), recipe="strict")
    received, expected = (
        load_classifier(path).predict(batch.packets)
        for path in (shipped / litert.MODEL_FILE, left_out_run)
    )
    assert (
        set(received)
        == set(expected)
        == {*("application", "traffic_type", "unknown")}
    )
    for name, values in expected.items():
        assert received[name] == pytest.approx(values, rel=1e-2, abs=1e-2)


def test_card_tells_data_scores_and_flags(shipped, left_out_run):
    card = (shipped / "README.md").read_text("utf-8")
    metrics = json.loads((left_out_run / "metrics.json").read_text())
    task = metrics["tasks"]["application"]
    assert f"| application | {task['flows']} | " in card
    assert f"{task['figures']['fw16']['value']:.3f}" in card
    assert metrics["digests"]["test"] in card
    assert "What it is not for" in card
    assert "--workdir" not in card and str(left_out_run) not in card


def test_run_that_was_not_evaluated(trained_run, tmp_path, capsys):
    run = tmp_path / "run"
    shutil.copytree(trained_run, run)
    (run / "confidence.json").unlink(missing_ok=True)
    assert main([f"--workdir={run}", f"--output={tmp_path}/out"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "run `mtc evaluate` first" in line
    assert not (tmp_path / "out").exists()


def test_weight_beyond_float16(left_out_run, tmp_path, capsys):
    run = tmp_path / "run"
    shutil.copytree(left_out_run, run)
    model = load_run(run).load_model()
    weights = model.get_weights()
    weights[0].ravel()[0] = 70_000
    model.set_weights(weights)
    model.save(run / "model.keras")
    assert main([f"--workdir={run}", f"--output={tmp_path}/out"]) == 1
    assert "a weight of 70000 is too large for float16" in (
        capsys.readouterr().err
    )


@pytest.mark.large
def test_one_command_makes_it(tmp_path):
    if not (ROOT / ".venv/installed").exists():
        pytest.skip("`make` has not installed this checkout into .venv")
    done = subprocess.run(
        [
            *("make", "shipped-model", f"SET={DUMMY_DATA}"),
            f"SHIPPED={tmp_path / 'shipped'}",
            "FLAGS=--epochs=1 --max_steps=2 --batch_size=4 --members=1",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    model = tmp_path / "shipped/model"
    assert f"cp {tmp_path}/shipped/model/*" in done.stdout
    facts = load_classifier(model / litert.MODEL_FILE).facts
    assert facts.packets_per_flow == 10 and "tcp.seq" in facts.masks
    assert "MTC-Series" in (model / "README.md").read_text("utf-8")
