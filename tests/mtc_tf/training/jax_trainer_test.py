import dataclasses
import functools
import time

import keras
import numpy as np
import pytest
from backends import requires_jax
from small_arrays import write_small_arrays
from small_models import linear_model

from mtc_tf.data.array_file import ArrayFile
from mtc_tf.data.row_order import row_order
from mtc_tf.errors import InputError
from mtc_tf.runs.run_directory import load_run
from mtc_tf.training.callbacks import make_callbacks
from mtc_tf.training.checkpoint import Progress
from mtc_tf.training.compilation import compile_model
from mtc_tf.training.flow_weighted_f1 import fw16
from mtc_tf.training.protocol import Protocol

pytestmark = requires_jax
if keras.backend.backend() == "jax":
    from mtc_tf.training import device_rows
    from mtc_tf.training import jax_programs
    from mtc_tf.training import jax_run
    from mtc_tf.training import jax_trainer
    from mtc_tf.training.jax_run import Training

make_model = functools.partial(linear_model, dropout=0.5)
LOSS_WEIGHTS = {"application": 6.0, "traffic_type": 2.0, "auxiliary": 1.0}
# Validation parts of two batches and a half. The patience of one epoch makes
# the callbacks' counters matter.
PROTOCOL = Protocol(epochs=3, batch_size=8, plateau_patience=1)

# All that a protocol can ask for.
RECIPE = Protocol(
    epochs=3,
    batch_size=8,
    optimizer="adamw",
    learning_rate=2e-3,
    weight_decay=0.02,
    clip_norm=1.0,
    schedule="cosine",
    warmup=0.2,
    final_rate=0.1,
    label_smoothing=0.05,
    ema=0.8,
    monitor="fw16",
    flow_cap=2,
    class_power=0.5,
    randomize_fields=0.5,
    drop_fields=0.1,
)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("arrays")
    return ArrayFile(write_small_arrays(folder / "rows.npz"))


@pytest.fixture(scope="module")
def other_source(tmp_path_factory):
    """Of another split: other rows, and fewer of them to validate on."""
    rows = {"train": 43, "validation": 7, "test": 10}
    folder = tmp_path_factory.mktemp("arrays")
    return ArrayFile(
        write_small_arrays(folder / "other.npz", seed=1, rows=rows)
    )


@pytest.fixture(scope="module")
def whole_run(source, tmp_path_factory):
    workdir = tmp_path_factory.mktemp("run")
    return workdir, _train(source, workdir)


def _train(source, workdir, protocol=PROTOCOL, make_model=make_model):
    [history] = jax_trainer.train(
        [Training(source, workdir, protocol, make_model)]
    )
    return history


def _weights(workdir):
    return load_run(workdir).load_model().get_weights()


def test_figures_are_those_of_fit(source, whole_run, tmp_path):
    keras.utils.set_random_seed(PROTOCOL.seed)
    classes = source.metadata["classes"]
    model = make_model(
        {task: len(names) for task, names in classes.items()}, "packet", 1500
    )
    compile_model(model, PROTOCOL, LOSS_WEIGHTS, 15)

    def batch(part, rows):
        labels = {
            task: values[rows]
            for task, values in source.columns(part, classes).items()
        }
        return (
            {"packet": source.rows(part)[rows]},
            {task: np.maximum(values, 0) for task, values in labels.items()},
            {task: np.float32(values >= 0) for task, values in labels.items()},
        )

    def training():
        for epoch in range(3):
            for rows in row_order(40, 8, 5, PROTOCOL.seed, epoch):
                yield batch("train", rows)

    validation = (
        batch("validation", slice(start, start + 8)) for start in (0, 8, 16)
    )
    progress = Progress.load(tmp_path)
    model.fit(
        training(),
        validation_data=validation,
        validation_steps=3,
        shuffle=False,
        epochs=1,
        steps_per_epoch=5,
        callbacks=make_callbacks(PROTOCOL, progress, 3),
        verbose=0,
    )
    [expected] = progress.history
    received = whole_run[1][0]
    assert received.keys() == expected.keys()
    for name, value in expected.items():
        assert received[name] == pytest.approx(value, rel=1e-5), name


def test_run_directory(whole_run, source):
    workdir, history = whole_run
    assert len(history) == 3
    run = load_run(workdir)
    assert run.info["digests"] == source.metadata["digests"]
    assert run.info["tasks"] == source.metadata["classes"]
    assert run.info["dataset"]["config"] == "flow"
    assert run.info["backend"] == "jax"
    assert "jax" in run.info["versions"]
    assert "tensorflow" not in run.info["versions"]
    assert run.info["protocol"] == dataclasses.asdict(PROTOCOL)
    np.testing.assert_array_equal(
        run.load_sample(), source.rows("validation")[:64]
    )
    assert "seconds" in (workdir / "history.csv").read_text()
    assert not (workdir / "tensorboard").exists()


def test_it_learns_what_can_be_learned(source, tmp_path):
    protocol = dataclasses.replace(
        PROTOCOL, epochs=40, learning_rate=0.01, plateau_patience=40
    )
    history = _train(source, tmp_path, protocol, linear_model)
    # A byte tells the application; the rest is noise.
    assert history[-1]["application_accuracy"] > 0.9
    assert history[-1]["loss"] < history[0]["loss"]


def test_interrupted_run_ends_like_a_whole_one(
    whole_run, source, tmp_path, monkeypatch
):
    _interrupt(monkeypatch, after=2)
    with pytest.raises(KeyboardInterrupt):
        _train(source, tmp_path)
    monkeypatch.undo()
    workdir, expected = whole_run
    assert _train(source, tmp_path) == expected
    for received, weights in zip(
        _weights(tmp_path), _weights(workdir), strict=True
    ):
        np.testing.assert_array_equal(received, weights)


def test_interrupted_recipe_ends_like_a_whole_one(
    source, tmp_path, monkeypatch
):
    expected = _train(source, _made(tmp_path / "whole"), RECIPE)
    _interrupt(monkeypatch, after=1)
    with pytest.raises(KeyboardInterrupt):
        _train(source, _made(tmp_path / "run"), RECIPE)
    monkeypatch.undo()
    assert _train(source, tmp_path / "run", RECIPE) == expected
    for received, weights in zip(
        _weights(tmp_path / "run"), _weights(tmp_path / "whole"), strict=True
    ):
        np.testing.assert_array_equal(received, weights)


def test_recipes_that_train_together_are_as_if_alone(
    source, other_source, tmp_path
):
    other = dataclasses.replace(RECIPE, seed=5, flow_cap=0, class_power=0.2)
    alone = _train(other_source, _made(tmp_path / "alone"), other)
    _, received = jax_trainer.train(
        [
            Training(source, _made(tmp_path / "a"), RECIPE, make_model),
            Training(other_source, _made(tmp_path / "b"), other, make_model),
        ]
    )
    _check_same(received, alone)


def test_fw16_is_that_of_the_kept_model(source, tmp_path):
    history = _train(source, tmp_path, RECIPE)
    best = RECIPE.best_epoch(history)
    model = load_run(tmp_path).load_model()
    answers = model.predict({"packet": source.rows("validation")}, verbose=0)
    labels = source.columns("validation", ["flow", *answers])
    figures = fw16(
        {task: labels[task] for task in answers},
        {task: of_task.argmax(-1) for task, of_task in answers.items()},
        labels["flow"],
    )
    for name, figure in figures.items():
        assert history[best][f"val_{name}"] == pytest.approx(figure), name


@pytest.mark.parametrize("field", ["randomize_fields", "drop_fields"])
def test_header_fields_are_changed(whole_run, source, tmp_path, field):
    protocol = dataclasses.replace(PROTOCOL, epochs=1, **{field: 1.0})
    [changed] = _train(source, tmp_path, protocol)
    assert changed["loss"] != pytest.approx(whole_run[1][0]["loss"], rel=1e-6)


def test_deadline_leaves_a_run_as_if_interrupted(whole_run, source, tmp_path):
    training = Training(source, tmp_path, PROTOCOL, make_model)
    for epochs in (1, 2):
        [history] = jax_trainer.train([training], deadline=time.monotonic())
        assert history == whole_run[1][:epochs]
        assert not Progress.load(tmp_path).finished
    assert _train(source, tmp_path) == whole_run[1]


def test_finished_run_is_left_alone(whole_run, source):
    workdir, history = whole_run
    before = (workdir / "model.keras").stat().st_mtime_ns
    assert _train(source, workdir) == history
    assert (workdir / "model.keras").stat().st_mtime_ns == before


def test_blocks_of_steps_change_nothing(
    whole_run, source, tmp_path, monkeypatch
):
    # Five steps an epoch: the last block is half empty.
    monkeypatch.setattr(jax_programs, "BLOCK_STEPS", 2)
    _check_same(_train(source, tmp_path), whole_run[1])


def test_rows_that_do_not_fit_on_the_device_are_sent(
    whole_run, source, tmp_path, monkeypatch
):
    monkeypatch.setattr(device_rows, "_fits_on_device", lambda size: False)
    _check_same(_train(source, tmp_path), whole_run[1])


def test_models_that_train_together_are_as_if_alone(
    whole_run, source, other_source, tmp_path
):
    other = dataclasses.replace(PROTOCOL, seed=5)
    alone = _train(other_source, _made(tmp_path / "alone"), other)
    histories = jax_trainer.train(
        [
            Training(source, _made(tmp_path / "a"), PROTOCOL, make_model),
            Training(other_source, _made(tmp_path / "b"), other, make_model),
        ]
    )
    _check_same(histories[0], whole_run[1])
    _check_same(histories[1], alone)
    for received, weights in zip(
        _weights(tmp_path / "b"), _weights(tmp_path / "alone"), strict=True
    ):
        np.testing.assert_allclose(received, weights, atol=1e-5)
    info = load_run(tmp_path / "b").info
    assert info["protocol"]["seed"] == 5


def test_models_that_train_together_are_taken_up_together(
    source, tmp_path, monkeypatch
):
    trainings = [
        Training(
            source,
            _made(tmp_path / str(seed)),
            dataclasses.replace(PROTOCOL, seed=seed),
            make_model,
        )
        for seed in (0, 1)
    ]
    # The first one has written its second epoch, the second one has not.
    _interrupt(monkeypatch, after=2)
    with pytest.raises(KeyboardInterrupt):
        jax_trainer.train(trainings)
    monkeypatch.undo()
    assert [
        len(Progress.load(training.workdir).history) for training in trainings
    ] == [2, 1]
    histories = jax_trainer.train(trainings)
    for seed, history in enumerate(histories):
        alone = _made(tmp_path / f"alone{seed}")
        _check_same(history, _train(source, alone, trainings[seed].protocol))


def test_one_that_stops_early_lets_the_others_go_on(
    source, tmp_path, monkeypatch
):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = True

    def callbacks(protocol, *args):
        made = make_callbacks(protocol, *args)
        return [Stop(), *made] if protocol.seed == 1 else made

    monkeypatch.setattr(jax_run, "make_callbacks", callbacks)
    trainings = [
        Training(
            source,
            _made(tmp_path / str(seed)),
            dataclasses.replace(PROTOCOL, seed=seed),
            make_model,
        )
        for seed in (0, 1)
    ]
    histories = jax_trainer.train(trainings)
    assert [len(history) for history in histories] == [3, 1]
    for training, history in zip(trainings, histories, strict=True):
        progress = Progress.load(training.workdir)
        assert (progress.finished, progress.history) == (True, history)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"batch_size": 4}, "share --batch_size: .* has 8, .* has 4"),
        ({"learning_rate": 0.5}, "share --learning_rate: .* has 0.001"),
    ],
)
def test_other_protocols_do_not_train_together(
    source, tmp_path, changed, message
):
    protocols = PROTOCOL, dataclasses.replace(PROTOCOL, **changed)
    with pytest.raises(InputError, match=message):
        jax_trainer.train(
            [Training(source, tmp_path, p, make_model) for p in protocols]
        )


def test_other_models_do_not_train_together(source, tmp_path):
    with pytest.raises(
        InputError, match="have one shape; the sizes of the model of"
    ):
        jax_trainer.train(
            [
                Training(source, _made(tmp_path / "a"), PROTOCOL, make_model),
                Training(source, _made(tmp_path / "b"), PROTOCOL, linear_model),
            ]
        )


def test_other_numbers_of_steps_do_not_train_together(
    source, tmp_path, tmp_path_factory
):
    rows = {"train": 64, "validation": 8, "test": 8}
    path = write_small_arrays(tmp_path / "more.npz", rows=rows)
    with pytest.raises(InputError, match=r"steps of .* \(3, 5\) and \(3, 8\)"):
        jax_trainer.train(
            [
                Training(source, _made(tmp_path / "a"), PROTOCOL, make_model),
                Training(
                    ArrayFile(path), _made(tmp_path / "b"), PROTOCOL, make_model
                ),
            ]
        )


def test_file_that_lacks_what_the_model_reads_is_refused(tmp_path):
    path = write_small_arrays(tmp_path / "rows.npz", width=64)
    with pytest.raises(InputError, match="first 64 values .* reads 1500; "):
        _train(ArrayFile(path), _made(tmp_path / "run"))


def test_run_of_another_dataset_is_refused(
    source, other_source, tmp_path, monkeypatch
):
    _interrupt(monkeypatch, after=1)
    with pytest.raises(KeyboardInterrupt):
        _train(source, tmp_path)
    monkeypatch.undo()
    other_source.metadata["digests"] = {"train": "0"}
    with pytest.raises(InputError, match="holds other rows than the run"):
        _train(other_source, tmp_path)


def _interrupt(monkeypatch, after):
    """Interrupts when a run has so many epochs."""
    add_epoch = Progress.add_epoch

    def interrupt(progress, *args):
        add_epoch(progress, *args)
        if len(progress.history) == after:
            raise KeyboardInterrupt

    monkeypatch.setattr(Progress, "add_epoch", interrupt)


def _made(folder):
    folder.mkdir()
    return folder


def _check_same(received, expected):
    assert len(received) == len(expected)
    for epoch, other in zip(received, expected, strict=True):
        assert epoch.keys() == other.keys()
        for name, value in other.items():
            assert epoch[name] == pytest.approx(value, rel=1e-4), name
