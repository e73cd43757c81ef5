import csv
import dataclasses
import functools
import json

import keras
import numpy as np
import pytest
from small_models import small_mtc

from mtc_tf import input_pipeline
from mtc_tf import training
from mtc_tf.checkpoint import Progress
from mtc_tf.errors import InputError
from mtc_tf.run_directory import load_run

make_model = functools.partial(small_mtc, cnn_dropout=0.5)
LOSS_WEIGHTS = {"application": 6.0, "traffic_type": 2.0, "auxiliary": 1.0}
# The patience of one epoch makes the callbacks' counters matter.
PROTOCOL = training.Protocol(epochs=3, batch_size=8, plateau_patience=1)


@pytest.fixture(scope="module")
def builder(prepared_data_dir):
    return input_pipeline.load_builder(
        "iscx_vpn_nonvpn/flow", prepared_data_dir
    )


@pytest.fixture(scope="module")
def whole_run(builder, tmp_path_factory):
    workdir = tmp_path_factory.mktemp("run")
    history = training.train(
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
    assert list((workdir / "tensorboard").rglob("events.*"))
    # Only the state behind the last epoch is kept.
    assert sorted(path.name for path in (workdir / "checkpoint").iterdir()) == [
        "epoch_003.keras",
        "state.json",
    ]


def test_finished_run_is_left_alone(whole_run, builder):
    workdir, history = whole_run
    before = (workdir / "model.keras").stat().st_mtime_ns
    again = training.train(builder, workdir, PROTOCOL, make_model, LOSS_WEIGHTS)
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
            training.train(
                builder, tmp_path, PROTOCOL, make_model, LOSS_WEIGHTS
            )
    history = training.train(
        builder, tmp_path, PROTOCOL, make_model, LOSS_WEIGHTS
    )
    whole, expected_history = whole_run
    assert history == expected_history
    for received, expected in zip(
        _weights(tmp_path), _weights(whole), strict=True
    ):
        np.testing.assert_array_equal(received, expected)


def test_row_without_a_label_does_not_count_in_the_loss():
    x = keras.Input((2,))
    model = keras.Model(x, {"application": keras.layers.Softmax()(x)})
    training.compile_model(model, PROTOCOL, {"application": 1.0}, 1)
    # Logits 0 and 0: the loss of a row is log 2, whatever its label.
    loss = model.evaluate(
        np.zeros((4, 2)),
        {"application": np.zeros(4)},
        sample_weight={"application": np.array([1.0, 0.0, 0.0, 1.0])},
        verbose=0,
        return_dict=True,
    )["loss"]
    assert loss == pytest.approx(np.log(2))


def test_run_does_not_go_on_with_other_packets(builder, tmp_path):
    info = {"digests": {"train": "another"}}
    (tmp_path / "run.json").write_text(json.dumps(info))
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / "checkpoint/state.json").write_text(
        json.dumps({"finished": False, "history": [{"val_loss": 1.0}]})
    )
    with pytest.raises(InputError, match="holds other rows than the run"):
        training.train(builder, tmp_path, PROTOCOL, make_model, LOSS_WEIGHTS)


def test_two_tasks_and_early_stopping(builder, tmp_path):
    protocol = training.Protocol(
        epochs=9,
        batch_size=8,
        schedule="cosine",
        learning_rate=1e-9,
        stopping_patience=0,
    )
    history = training.train(
        builder,
        tmp_path,
        protocol,
        make_model,
        {"application": 6.0, "traffic_type": 2.0},
    )
    assert len(history) < 9
    assert Progress.load(tmp_path).finished
    run = load_run(tmp_path)
    assert sorted(run.info["tasks"]) == ["application", "traffic_type"]
    assert sorted(run.load_model().output) == ["application", "traffic_type"]


@pytest.mark.parametrize(
    ("arguments", "rows", "expected"),
    [
        ({}, 1000, (100, 7)),
        # As few epochs as the rows allow.
        ({"max_steps": 5}, 1000, (1, 5)),
        ({"max_steps": 20}, 1000, (3, 7)),
        # Steps stand for 100 epochs.
        ({"max_steps": 20, "epochs": 50}, 1000, (2, 5)),
        ({"max_steps": 5, "epochs": 120}, 1000, (1, 6)),
        ({"max_steps": 900, "epochs": 1}, 1000, (1, 9)),
    ],
)
def test_epochs_and_steps(arguments, rows, expected):
    assert training.Protocol(**arguments).schedule_of(rows) == expected


def test_part_smaller_than_a_batch_is_an_error():
    with pytest.raises(InputError, match="fewer than one batch of 128"):
        training.Protocol().schedule_of(127)


def test_short_run_of_a_model_that_is_pretrained(builder, tmp_path):
    seen = []

    def make(*arguments):
        model = small_mtc(*arguments)
        model.pretrain = lambda rows, seed: seen.append((rows.shape, seed))
        return model

    protocol = training.Protocol(
        batch_size=4, schedule="cosine", max_steps=3, fraction=0.5, seed=3
    )
    history = training.train(builder, tmp_path, protocol, make, LOSS_WEIGHTS)
    assert len(history) == 1
    run = load_run(tmp_path)
    assert run.info["protocol"]["max_steps"] == 3
    assert Progress.load(tmp_path).finished
    # With the rows that are trained on, once.
    rows = round(builder.info.splits["train"].num_examples / 2)
    assert seen == [((rows, 1500), 3)]
