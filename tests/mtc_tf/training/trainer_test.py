import csv
import dataclasses
import functools
import importlib.metadata
import json

import keras
import numpy as np
import pytest
from small_models import linear_model

from mtc_tf.data import input_pipeline
from mtc_tf.errors import InputError
from mtc_tf.runs.run_directory import load_run
from mtc_tf.training import trainer
from mtc_tf.training.checkpoint import Progress
from mtc_tf.training.compilation import compile_model
from mtc_tf.training.protocol import Protocol

make_model = functools.partial(linear_model, dropout=0.5)
LOSS_WEIGHTS = {"application": 6.0, "traffic_type": 2.0, "auxiliary": 1.0}
# The patience of one epoch makes the callbacks' counters matter.
PROTOCOL = Protocol(epochs=3, batch_size=8, plateau_patience=1)


@pytest.fixture(scope="module")
def builder(prepared_data_dir):
    return input_pipeline.load_builder(
        "iscx_vpn_nonvpn/flow", prepared_data_dir
    )


@pytest.fixture(scope="module")
def whole_run(builder, tmp_path_factory):
    workdir = tmp_path_factory.mktemp("run")
    history = trainer.train(
        builder, workdir, PROTOCOL, make_model, LOSS_WEIGHTS
    )
    return workdir, history


def _weights(workdir):
    return load_run(workdir).load_model().get_weights()


def test_run_directory(whole_run, builder):
    workdir, history = whole_run
    assert len(history) == 3
    run = load_run(workdir)
    assert run.info["digests"] == builder.info.metadata["digests"]
    assert run.info["tasks"] == builder.info.metadata["classes"]
    assert run.info["dataset"]["config"] == "flow"
    assert run.info["recipe"] == "strict"
    assert run.info["protocol"] == dataclasses.asdict(PROTOCOL)
    assert run.info["parameters"] == run.load_model().count_params()
    sample = run.load_sample()
    rows = builder.info.splits["validation"].num_examples
    assert sample.shape == (rows, 1500)
    with (workdir / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert float(rows[2]["val_loss"]) == history[2]["val_loss"]
    assert all(0 < float(row["seconds"]) < 600 for row in rows)
    assert list((workdir / "tensorboard").rglob("events.*"))
    # Only the state behind the last epoch is kept.
    assert sorted(path.name for path in (workdir / "checkpoint").iterdir()) == [
        "epoch_003.keras",
        "state.json",
    ]


def test_finished_run_is_left_alone(whole_run, builder):
    workdir, history = whole_run
    before = (workdir / "model.keras").stat().st_mtime_ns
    again = trainer.train(builder, workdir, PROTOCOL, make_model, LOSS_WEIGHTS)
    assert again == history
    assert (workdir / "model.keras").stat().st_mtime_ns == before


def test_interrupted_run_ends_like_a_whole_one(
    whole_run, builder, tmp_path, monkeypatch
):
    add_epoch = Progress.add_epoch

    def interrupt(progress, *args):
        add_epoch(progress, *args)
        if len(progress.history) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Progress, "add_epoch", interrupt)
        with pytest.raises(KeyboardInterrupt):
            trainer.train(builder, tmp_path, PROTOCOL, make_model, LOSS_WEIGHTS)
    history = trainer.train(
        builder, tmp_path, PROTOCOL, make_model, LOSS_WEIGHTS
    )
    whole, expected_history = whole_run
    assert history == expected_history
    for received, expected in zip(
        _weights(tmp_path), _weights(whole), strict=True
    ):
        np.testing.assert_array_equal(received, expected)


def test_loss_is_the_weighted_sum_of_the_tasks(whole_run):
    _, history = whole_run
    for epoch in history:
        # Of the validation part Keras weighs the last, smaller batch otherwise.
        assert epoch["loss"] == pytest.approx(
            sum(
                weight * epoch[f"{task}_loss"]
                for task, weight in LOSS_WEIGHTS.items()
            )
        )


def _two_tasks_that_disagree():
    """A model of one weight; `application` wants it up, `auxiliary` down.

    Both with the same force: label 0 has the probability sigmoid(w) in the one
    task and sigmoid(-w) in the other, and w begins at 0.
    """
    x = keras.Input((1,))
    w = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")(x)
    zero = w * 0.0
    pairs = {"application": [w, zero], "auxiliary": [zero, w]}
    return keras.Model(
        x,
        {
            task: keras.layers.Softmax(name=task)(
                keras.layers.Concatenate()(pair)
            )
            for task, pair in pairs.items()
        },
    )


@pytest.mark.parametrize(
    ("loss_weights", "expected"),
    [
        ({"application": 6.0, "auxiliary": 2.0}, 0.1),
        ({"application": 2.0, "auxiliary": 6.0}, -0.1),
    ],
)
def test_loss_weights_decide_where_a_step_goes(loss_weights, expected):
    model = _two_tasks_that_disagree()
    protocol = Protocol(learning_rate=0.1, weight_decay=0.0)
    compile_model(model, protocol, loss_weights, 1)
    labels = dict.fromkeys(loss_weights, np.zeros(4))
    logs = model.fit(np.ones((4, 1)), labels, verbose=0).history
    # Adam's first step is the rate, against the sign of the gradient.
    [[[weight]]] = model.get_weights()
    assert weight == pytest.approx(expected, rel=1e-4)
    assert logs["loss"] == pytest.approx([8 * np.log(2)])


@pytest.mark.parametrize("schedule", ["plateau", "cosine"])
@pytest.mark.parametrize(
    ("weight_decay", "expected"), [(0.0, 0.5), (0.25, 0.4)]
)
def test_weight_decay_pulls_a_weight_without_gradient(
    weight_decay, expected, schedule
):
    x = keras.Input((1,))
    logits = keras.layers.Dense(2, kernel_initializer="ones")(x)
    model = keras.Model(x, {"application": keras.layers.Softmax()(logits)})
    model.set_weights([np.full((1, 2), 0.5), np.zeros(2)])
    protocol = Protocol(
        learning_rate=0.1, weight_decay=weight_decay, schedule=schedule
    )
    compile_model(model, protocol, {"application": 1.0}, 100)
    labels = {"application": np.array([0, 1])}
    # Of the input 0 the weights have no gradient, and Adam's first step is
    # the rate, against the sign of what the decay adds.
    model.fit(np.zeros((2, 1)), labels, verbose=0)
    np.testing.assert_allclose(
        model.get_weights()[0], np.full((1, 2), expected), rtol=1e-4
    )


@pytest.mark.slow
def test_plateau_lowers_the_rate_and_stopping_ends(builder, tmp_path):
    # At this rate nothing moves, so each epoch but the first is a plateau.
    protocol = Protocol(
        epochs=9,
        batch_size=8,
        learning_rate=1e-12,
        weight_decay=0.0,
        plateau_factor=0.25,
        plateau_patience=2,
        stopping_patience=5,
    )
    history = trainer.train(
        builder, tmp_path, protocol, linear_model, LOSS_WEIGHTS
    )
    # Two epochs of patience, then the factor, and the same again.
    rates = [epoch["learning_rate"] / 1e-12 for epoch in history]
    assert rates == pytest.approx([1, 1, 1, 0.25, 0.25, 0.0625], rel=1e-5)
    assert Progress.load(tmp_path).finished


@pytest.mark.slow
def test_cosine_takes_the_rate_to_zero_over_all_steps(builder, tmp_path):
    protocol = Protocol(epochs=2, batch_size=8, schedule="cosine")
    trainer.train(builder, tmp_path, protocol, linear_model, LOSS_WEIGHTS)
    optimizer = Progress.load(tmp_path).load_checkpoint().optimizer
    _, steps = protocol.schedule_of(builder.info.splits["train"].num_examples)
    assert int(optimizer.iterations) == 2 * steps
    assert float(optimizer.learning_rate) == pytest.approx(0, abs=1e-9)


@keras.saving.register_keras_serializable(package="tests")
class GoesAstray(keras.layers.Layer):
    """Gives NaN from its `steps`-th call of one kind on."""

    def __init__(self, steps, in_training, **kwargs):
        super().__init__(**kwargs)
        self.steps = steps
        self.in_training = in_training

    def build(self, input_shape):
        self.calls = self.add_weight((), "zeros", "int32", trainable=False)

    def call(self, inputs, training=None):
        if bool(training) != self.in_training:
            return inputs
        self.calls.assign_add(1)
        return keras.ops.where(self.calls < self.steps, inputs, np.nan)

    def get_config(self):
        return {
            **super().get_config(),
            "steps": self.steps,
            "in_training": self.in_training,
        }


def _astray_model(num_classes, input_name, length, steps, in_training):
    model = linear_model(num_classes, input_name, length)
    layer = GoesAstray(steps, in_training)
    outputs = {task: layer(y) for task, y in model.output.items()}
    return keras.Model(model.input, outputs)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("in_training", "figure"), [(True, " loss nan"), (False, "val_loss nan")]
)
def test_run_that_goes_astray_keeps_the_last_good_epoch(
    in_training, figure, builder, tmp_path
):
    rows = builder.info.splits
    batches = (
        rows["train"].num_examples // 8
        if in_training
        else -(-rows["validation"].num_examples // 8)
    )
    make = functools.partial(
        _astray_model,
        # In the second epoch; the layer stands before each of three heads.
        steps=3 * batches + 2,
        in_training=in_training,
    )
    protocol = Protocol(epochs=4, batch_size=8)
    for _ in range(2):  # going on comes to the same end
        with pytest.raises(InputError, match="epoch 2 is not finite") as info:
            trainer.train(builder, tmp_path, protocol, make, LOSS_WEIGHTS)
        assert "epoch 1 is kept" in str(info.value)
        assert figure.strip() in str(info.value)
        progress = Progress.load(tmp_path)
        assert len(progress.history) == 1 and not progress.finished
        assert np.isfinite(list(progress.history[0].values())).all()
        assert all(np.isfinite(w).all() for w in _weights(tmp_path))
        _assert_json_is_valid(tmp_path)


@pytest.mark.slow
def test_rate_that_is_too_large_leaves_no_epoch(builder, tmp_path):
    protocol = Protocol(epochs=3, batch_size=8, learning_rate=1e25)
    with pytest.raises(InputError, match="epoch 1 is not .*no epoch is kept"):
        trainer.train(builder, tmp_path, protocol, linear_model, LOSS_WEIGHTS)
    assert not (tmp_path / "model.keras").exists()
    assert not (tmp_path / "checkpoint").exists()
    _assert_json_is_valid(tmp_path)


def _assert_json_is_valid(folder):
    def refuse(constant):
        raise AssertionError(constant)

    files = list(folder.rglob("*.json"))
    assert files
    for file in files:
        json.loads(file.read_text("utf-8"), parse_constant=refuse)


def test_row_without_a_label_counts_neither_in_the_loss_nor_as_wrong():
    x = keras.Input((2,))
    model = keras.Model(x, {"application": keras.layers.Softmax()(x)})
    compile_model(model, PROTOCOL, {"application": 1.0}, 1)
    # Logits 0 and 0: the loss of a row is log 2, whatever its label, and the
    # answer class 0, which is right where there is a label.
    figures = model.evaluate(
        np.zeros((4, 2)),
        {"application": np.array([0, 1, 1, 0])},
        sample_weight={"application": np.array([1.0, 0.0, 0.0, 1.0])},
        verbose=0,
        return_dict=True,
    )
    assert figures.pop("loss") == pytest.approx(np.log(2))
    assert list(figures.values()) == [1.0]


def _write_begun_run(workdir, *, digests, version=None, finished=False):
    version = version or importlib.metadata.version("mtc-tf")
    info = {"digests": digests, "versions": {"mtc-tf": version}}
    (workdir / "run.json").write_text(json.dumps(info))
    (workdir / "checkpoint").mkdir()
    (workdir / "checkpoint/state.json").write_text(
        json.dumps({"finished": finished, "history": [{"val_loss": 1.0}]})
    )


def test_run_of_another_version_is_not_gone_on_with(builder, tmp_path):
    digests = dict(builder.info.metadata["digests"])
    _write_begun_run(tmp_path, digests=digests, version="0.0.7")
    now = importlib.metadata.version("mtc-tf")
    with pytest.raises(
        InputError, match=f"begun by mtc-tf 0.0.7, and this is {now}: "
    ) as caught:
        trainer.train(builder, tmp_path, PROTOCOL, make_model, LOSS_WEIGHTS)
    assert "\n" not in str(caught.value)


def test_finished_run_of_another_version_is_left_alone(builder, tmp_path):
    _write_begun_run(tmp_path, digests={}, version="0.0.7", finished=True)
    history = trainer.train(
        builder, tmp_path, PROTOCOL, make_model, LOSS_WEIGHTS
    )
    assert history == [{"val_loss": 1.0}]


def test_run_does_not_go_on_with_other_packets(builder, tmp_path):
    _write_begun_run(tmp_path, digests={"train": "another"})
    with pytest.raises(InputError, match="holds other rows than the run"):
        trainer.train(builder, tmp_path, PROTOCOL, make_model, LOSS_WEIGHTS)


def test_two_tasks_and_early_stopping(builder, tmp_path):
    protocol = Protocol(
        epochs=9,
        batch_size=8,
        schedule="cosine",
        learning_rate=1e-9,
        stopping_patience=0,
    )
    history = trainer.train(
        builder,
        tmp_path,
        protocol,
        linear_model,
        {"application": 6.0, "traffic_type": 2.0},
    )
    assert len(history) < 9
    assert Progress.load(tmp_path).finished
    run = load_run(tmp_path)
    assert sorted(run.info["tasks"]) == ["application", "traffic_type"]
    assert sorted(run.load_model().output) == ["application", "traffic_type"]


@pytest.mark.slow
def test_short_run_of_a_model_that_is_pretrained(builder, tmp_path):
    seen = []

    def make(*arguments):
        model = linear_model(*arguments)
        model.pretrain = lambda rows, seed: seen.append((rows.shape, seed))
        return model

    protocol = Protocol(
        batch_size=4, schedule="cosine", max_steps=3, fraction=0.5, seed=3
    )
    history = trainer.train(builder, tmp_path, protocol, make, LOSS_WEIGHTS)
    assert len(history) == 1
    run = load_run(tmp_path)
    assert run.info["protocol"]["max_steps"] == 3
    assert Progress.load(tmp_path).finished
    # With the rows that are trained on, once.
    rows = round(builder.info.splits["train"].num_examples / 2)
    assert seen == [((rows, 1500), 3)]
