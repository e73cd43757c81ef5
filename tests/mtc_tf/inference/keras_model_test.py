import numpy as np
import pytest

from mtc_tf.errors import InputError
from mtc_tf.inference.keras_model import classifier_of
from mtc_tf.inference.keras_model import serving_function
from mtc_tf.inference.stored_model import find_model
from mtc_tf.inference.stored_model import load_classifier
from mtc_tf.runs.model_facts import parse_model_facts
from mtc_tf.runs.run_directory import load_run


def _packets(rows):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (rows, 1500), dtype=np.uint8)


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
        find_model(trained_run).facts, run_function, trained_run
    )
    export = load_classifier(exported_run)
    assert export.facts == run.facts
    assert export.facts.recipe == "strict"
    expected = run.predict(packets)
    for task, received in export.predict(packets).items():
        np.testing.assert_allclose(received, expected[task], atol=1e-5)


def test_run_with_the_description_of_another(trained_run, run_function):
    content = load_run(trained_run).info
    tasks = {**content["tasks"], "application": ["x"]}
    facts = parse_model_facts({**content, "tasks": tasks}, "run.json")
    with pytest.raises(
        InputError, match=f"{trained_run}: the model has .* but its descript"
    ):
        classifier_of(facts, run_function, trained_run)
