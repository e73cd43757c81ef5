import json
import shutil

import numpy as np
import pytest

from mtc_tf.errors import InputError
from mtc_tf.inference.classifier import PACKETS_PER_BATCH
from mtc_tf.inference.classifier import Classifier
from mtc_tf.inference.classifier import classifier_of
from mtc_tf.inference.classifier import load_classifier
from mtc_tf.inference.classifier import read_model_facts
from mtc_tf.inference.classifier import serving_function
from mtc_tf.runs.model_facts import ModelFacts
from mtc_tf.runs.model_facts import parse_model_facts
from mtc_tf.runs.run_directory import load_run


def _packets(rows):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (rows, 1500), dtype=np.uint8)


def test_any_number_of_packets_is_predicted_in_batches():
    sizes = []

    def function(packets):
        sizes.append(len(packets))
        share = packets[:, :1] / 255
        return {"application": np.concatenate([share, 1 - share], axis=1)}

    classifier = Classifier(
        ModelFacts({"application": ["x", "y"]}, "strict"), function
    )
    packets = _packets(2 * PACKETS_PER_BATCH + 3)
    np.testing.assert_array_equal(
        classifier.predict(packets)["application"][:, 0],
        np.float32(packets[:, 0] / 255),
    )
    assert sizes == [PACKETS_PER_BATCH, PACKETS_PER_BATCH, 3]


GOOD = np.float32([[0.25, 0.75], [1, 0]])


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({"application": GOOD * np.nan}, "of application are not numbers"),
        ({"application": GOOD + np.inf}, "of application are not numbers"),
        (
            {"application": GOOD[:, :1]},
            "has 1 classes of application, but .* 2",
        ),
        ({"application": np.hstack([GOOD, GOOD])}, "has 4 classes of applica"),
        ({"application": GOOD[:1]}, r"answers 2 rows with .* shape \(1, 2\)"),
        ({"application": GOOD[0]}, r"answers 2 rows with .* shape \(2,\)"),
        ({"application": GOOD[None]}, r"2 rows with .* shape \(1, 2, 2\)"),
        ({"application": np.float32(1)}, r"answers 2 rows with .* shape \(\)"),
        (
            {"application": GOOD.astype("S3")},
            "are of type .S3, which",
        ),
        ({"application": GOOD > 0}, "are of type bool, which are no numbers"),
        ({"application": [["a"], ["b"]]}, "are of type <U1"),
        ({"application": [[-5, 6], [0, 1]]}, "not between 0 and 1, .* -5 to 6"),
        ({"application": GOOD - 0.1}, "are not between 0 and 1, but from -0.1"),
        ({"application": GOOD / 2}, "do not add up to 1, but to 0.5"),
        ({"auxiliary": GOOD}, r"tasks \['auxiliary'\], but .*application"),
        ({"application": GOOD, "x": GOOD}, r"tasks \['application', 'x'\]"),
        ({}, r"has the tasks \[\], but its description \['application'\]"),
        ({"application": [[1], [0, 1]]}, "cannot be run: setting an array el"),
        (GOOD, "has the outputs of type ndarray, which have no names"),
    ],
)
@pytest.mark.parametrize("method", ["predict", "check"])
def test_model_that_is_not_as_described(method, outputs, message):
    classifier = Classifier(
        ModelFacts({"application": ["x", "y"]}, "strict"), lambda _: outputs
    )
    given = {"predict": _packets(2), "check": "there"}[method]
    with pytest.raises(InputError, match=message) as caught:
        getattr(classifier, method)(given)
    assert str(caught.value).isprintable()
    assert str(caught.value).startswith("there: ") == (method == "check")


def test_model_that_cannot_be_run():
    def function(packets):
        raise RuntimeError("no such\nkernel")

    classifier = Classifier(ModelFacts({"a": ["x"]}, "strict"), function)
    with pytest.raises(InputError) as caught:
        classifier.check("there")
    assert str(caught.value) == "there: the model cannot be run: no such"


def test_model_that_cannot_be_run_on_the_last_batch():
    def function(packets):
        if len(packets) != PACKETS_PER_BATCH:
            raise RuntimeError("expected 128 rows")
        return {"a": np.ones((len(packets), 1))}

    classifier = Classifier(ModelFacts({"a": ["x"]}, "strict"), function)
    with pytest.raises(InputError, match="cannot be run: expected 128 rows"):
        classifier.predict(_packets(PACKETS_PER_BATCH + 1))


def test_model_that_is_as_described():
    classifier = Classifier(
        ModelFacts({"a": ["x", "y"]}, "clean", features=("f", "g", "h")),
        lambda rows: {"a": np.full((len(rows), rows.shape[1] - 1), 0.5)},
    )
    assert classifier.check("there") is classifier
    assert classifier.predict(np.zeros((1, 3)))["a"].dtype == np.float32


def _model_file(path, inputs, outputs):
    import keras

    keras.Model(inputs, outputs).save(path)


def _two_inputs(path):
    import keras

    inputs = {name: keras.Input((1500,), name=name) for name in ("packet", "x")}
    _model_file(path, inputs, {"a": keras.layers.Add()(list(inputs.values()))})


def _nameless_input(path):
    import keras

    symbol = keras.Input((1500,))
    _model_file(path, symbol, {"a": keras.layers.Dense(1)(symbol)})


def _another_length(path):
    import keras

    symbol = keras.Input((7,), dtype="uint8", name="packet")
    outputs = keras.layers.Dense(1)(keras.ops.cast(symbol, "float32"))
    _model_file(path, {"packet": symbol}, {"a": outputs})


def _nameless_output(path):
    import keras

    symbol = keras.Input((1500,), dtype="uint8", name="packet")
    outputs = keras.layers.Dense(1)(keras.ops.cast(symbol, "float32"))
    _model_file(path, {"packet": symbol}, outputs)


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (_two_inputs, "has other inputs than those of this package"),
        (_nameless_input, "has other inputs than those of this package"),
        (_another_length, "the model cannot be run: "),
        (_nameless_output, "has the outputs of type .*, which have no names"),
    ],
)
def test_model_file_of_another_project(write, message, tmp_path):
    (tmp_path / "run.json").write_text(
        '{"tasks": {"a": ["x"]}, "recipe": "strict"}'
    )
    write(tmp_path / "model.keras")
    with pytest.raises(InputError, match=message) as caught:
        load_classifier(tmp_path)
    assert str(caught.value).isprintable()


@pytest.fixture(scope="module")
def run_function(trained_run):
    """The serving function of the run's model."""
    return serving_function(load_run(trained_run).load_model(), None)


def test_batches_of_every_size_share_one_trace(run_function):
    for rows in (1, 2, 5):
        run_function(_packets(rows))
    assert run_function.experimental_get_tracing_count() == 1


def test_export_predicts_as_its_run(trained_run, exported_run, run_function):
    packets = _packets(3)
    run = classifier_of(
        read_model_facts(trained_run), run_function, trained_run
    )
    export = load_classifier(exported_run)
    assert export.facts == run.facts
    assert export.facts.recipe == "strict"
    expected = run.predict(packets)
    for task, received in export.predict(packets).items():
        np.testing.assert_allclose(received, expected[task], atol=1e-5)


@pytest.mark.parametrize("below", ["", "saved_model", "saved_model/1"])
def test_every_folder_of_an_export_stands_for_it(below, exported_run):
    facts = read_model_facts(exported_run / below)
    content = json.loads((exported_run / "mtc.json").read_text())
    assert facts.tasks == content["tasks"]


def test_highest_version_is_taken(exported_run, tmp_path):
    for version in ("9", "10"):
        beside = tmp_path / version / "assets.extra"
        beside.mkdir(parents=True)
        (tmp_path / version / "saved_model.pb").touch()
        shutil.copy(exported_run / "mtc.json", beside)
    metadata = tmp_path / "10/assets.extra/mtc.json"
    facts = json.loads(metadata.read_text())
    metadata.write_text(json.dumps({**facts, "masks": ["ip.ttl"]}))
    assert read_model_facts(tmp_path).masks == ("ip.ttl",)


def test_run_with_the_description_of_another(trained_run, run_function):
    content = load_run(trained_run).info
    tasks = {**content["tasks"], "application": ["x"]}
    facts = parse_model_facts({**content, "tasks": tasks}, "run.json")
    with pytest.raises(
        InputError, match=f"{trained_run}: the model has .* but its descript"
    ):
        classifier_of(facts, run_function, trained_run)


def test_export_with_the_description_of_another(exported_run, tmp_path):
    path = tmp_path / "1"
    shutil.copytree(exported_run / "saved_model/1", path)
    file = path / "assets.extra/mtc.json"
    content = json.loads(file.read_text())
    file.write_text(json.dumps({**content, "tasks": {"other": ["x", "y"]}}))
    with pytest.raises(InputError, match=f"{path}: the model has the tasks"):
        load_classifier(path)


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
