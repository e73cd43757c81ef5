import json
import shutil

import numpy as np
import pytest

from mtc_tf.classifier import PACKETS_PER_BATCH
from mtc_tf.classifier import Classifier
from mtc_tf.classifier import load_classifier
from mtc_tf.classifier import rows_function
from mtc_tf.errors import InputError
from mtc_tf.model_facts import ModelFacts
from mtc_tf.run_directory import load_run


def _packets(rows):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (rows, 1500), dtype=np.uint8)


def test_any_number_of_packets_is_predicted_in_batches():
    sizes = []

    def function(packets):
        sizes.append(len(packets))
        return {"application": packets[:, :1] / 255}

    classifier = Classifier(
        ModelFacts({"application": ["x"]}, "strict"), function
    )
    packets = _packets(2 * PACKETS_PER_BATCH + 3)
    np.testing.assert_array_equal(
        classifier.predict(packets)["application"], packets[:, :1] / 255
    )
    assert sizes == [PACKETS_PER_BATCH, PACKETS_PER_BATCH, 3]


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({"application": [np.nan, 0]}, "of application are not numbers"),
        ({"application": [1]}, "has 1 classes of application, but .* 2"),
        ({"auxiliary": [1, 0]}, r"tasks \['auxiliary'\], but .*application"),
    ],
)
def test_model_that_is_not_as_described(outputs, message):
    def function(packets):
        return {
            task: np.tile(np.array(row, np.float32), (len(packets), 1))
            for task, row in outputs.items()
        }

    classifier = Classifier(
        ModelFacts({"application": ["x", "y"]}, "strict"), function
    )
    with pytest.raises(InputError, match=message):
        classifier.predict(_packets(2))


def test_batches_of_every_size_share_one_trace(trained_run):
    function = rows_function(load_run(trained_run).load_model())
    for rows in (1, 2, 5):
        function(_packets(rows))
    assert function.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("below", ["", "saved_model", "saved_model/1"])
def test_export_predicts_as_its_run(trained_run, exported_run, below):
    packets = _packets(3)
    run = load_classifier(trained_run)
    export = load_classifier(exported_run / below)
    assert export.facts == run.facts
    assert export.facts.recipe == "strict"
    expected = run.predict(packets)
    for task, received in export.predict(packets).items():
        np.testing.assert_allclose(received, expected[task], atol=1e-5)


def test_highest_version_is_taken(exported_run, tmp_path):
    shutil.copytree(exported_run / "saved_model/1", tmp_path / "9")
    shutil.copytree(exported_run / "saved_model/1", tmp_path / "10")
    metadata = tmp_path / "10/assets.extra/mtc.json"
    facts = json.loads(metadata.read_text())
    metadata.write_text(json.dumps({**facts, "masks": ["ip.ttl"]}))
    assert load_classifier(tmp_path).facts.masks == ("ip.ttl",)


def test_folder_that_is_no_model(tmp_path):
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError, match="neither a run directory"):
            load_classifier(path)


def test_run_without_a_model(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(InputError, match="holds no trained model"):
        load_classifier(tmp_path)


def test_saved_model_of_another_project(exported_run, tmp_path):
    shutil.copytree(exported_run / "saved_model/1", tmp_path / "1")
    shutil.rmtree(tmp_path / "1/assets.extra")
    with pytest.raises(InputError, match=r"mtc.json is missing"):
        load_classifier(tmp_path)


@pytest.mark.parametrize(
    "file", ["saved_model.pb", "variables/variables.data-00000-of-00001"]
)
def test_saved_model_that_is_damaged(file, exported_run, tmp_path):
    shutil.copytree(exported_run / "saved_model/1", tmp_path / "1")
    path = tmp_path / "1" / file
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError, match="cannot be loaded") as caught:
        load_classifier(tmp_path)
    assert "\n" not in str(caught.value)
