"""Trainings by another protocol than the paper's."""

import csv
import dataclasses
import functools
import types

import numpy as np
import pytest
from small_models import linear_model

from mtc_tf.data import input_pipeline
from mtc_tf.errors import InputError
from mtc_tf.runs.run_directory import load_run
from mtc_tf.training import trainer
from mtc_tf.training.checkpoint import Progress
from mtc_tf.training.flow_weighted_f1 import fw16
from mtc_tf.training.protocol import Protocol

make_model = functools.partial(linear_model, dropout=0.5)
LOSS_WEIGHTS = {"application": 2.0, "traffic_type": 2.0, "auxiliary": 1.0}
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
    stopping_patience=5,
)


@pytest.fixture(scope="module")
def builder(prepared_data_dir):
    return input_pipeline.load_builder(
        "iscx_vpn_nonvpn/flow", prepared_data_dir
    )


@pytest.fixture(scope="module")
def whole_run(builder, tmp_path_factory):
    workdir = tmp_path_factory.mktemp("run")
    history = trainer.train(builder, workdir, RECIPE, make_model, LOSS_WEIGHTS)
    return workdir, history


def _interrupt_after(epochs, monkeypatch):
    add_epoch = Progress.add_epoch

    def add(progress, *args):
        add_epoch(progress, *args)
        if len(progress.history) == epochs:
            raise KeyboardInterrupt

    monkeypatch.setattr(Progress, "add_epoch", add)


@pytest.mark.slow
def test_interrupted_run_ends_like_a_whole_one(
    whole_run, builder, tmp_path, monkeypatch
):
    with monkeypatch.context() as patch:
        _interrupt_after(2, patch)
        with pytest.raises(KeyboardInterrupt):
            trainer.train(builder, tmp_path, RECIPE, make_model, LOSS_WEIGHTS)
    history = trainer.train(builder, tmp_path, RECIPE, make_model, LOSS_WEIGHTS)
    workdir, expected_history = whole_run
    assert history == expected_history
    mine, theirs = (
        load_run(folder).load_model().get_weights()
        for folder in (tmp_path, workdir)
    )
    for weight, other in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(weight, other)


def _fw16_of(model, builder, task="application"):
    columns = input_pipeline.read_columns(
        builder, "validation", ("packet", "flow", *LOSS_WEIGHTS)
    )
    answers = model.predict({"packet": columns["packet"]}, verbose=0)
    return fw16(
        {task: columns[task] for task in LOSS_WEIGHTS},
        {task: answers[task].argmax(-1) for task in LOSS_WEIGHTS},
        columns["flow"],
    )


def test_figures_are_those_of_the_model_that_is_kept(whole_run, builder):
    workdir, history = whole_run
    best = RECIPE.best_epoch(history)
    figures = _fw16_of(load_run(workdir).load_model(), builder)
    assert len(figures) == 4
    for name, figure in figures.items():
        assert history[best][f"val_{name}"] == pytest.approx(figure)
    with (workdir / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert float(rows[best]["val_fw16"]) == history[best]["val_fw16"]


@pytest.mark.slow
def test_averaged_weights_are_what_is_kept(builder, tmp_path):
    protocol = dataclasses.replace(
        RECIPE, epochs=1, learning_rate=0.05, monitor="loss"
    )
    trainer.train(builder, tmp_path, protocol, make_model, LOSS_WEIGHTS)
    model = Progress.load(tmp_path).load_checkpoint()
    kept = load_run(tmp_path).load_model()
    averages = model.optimizer._model_variables_moving_average
    assert len(averages) == len(kept.trainable_variables)
    for weight, average, raw in zip(
        kept.trainable_variables,
        averages,
        model.trainable_variables,
        strict=True,
    ):
        np.testing.assert_allclose(weight, average, atol=1e-6)
        assert np.abs(weight.numpy() - raw.numpy()).max() > 1e-4


@pytest.mark.slow
def test_validation_is_that_of_the_averaged_weights(builder, tmp_path):
    protocol = dataclasses.replace(
        RECIPE, epochs=1, learning_rate=0.05, monitor="loss", label_smoothing=0
    )
    [epoch] = trainer.train(
        builder, tmp_path, protocol, make_model, LOSS_WEIGHTS
    )
    kept = load_run(tmp_path).load_model()
    columns = input_pipeline.read_columns(
        builder, "validation", ("packet", "application")
    )
    answers = kept.predict({"packet": columns["packet"]}, verbose=0)
    right = answers["application"].argmax(-1) == columns["application"]
    assert epoch["val_application_accuracy"] == pytest.approx(right.mean())


@pytest.mark.slow
def test_best_epoch_and_stopping_go_by_fw16(builder, tmp_path, monkeypatch):
    figures = iter([0.2, 0.5, 0.5, 0.4, 0.3, 0.9])
    monkeypatch.setattr(
        "mtc_tf.training.flow_weighted_f1.fw16",
        lambda *args: {"fw16": next(figures)},
    )
    protocol = Protocol(
        epochs=6,
        batch_size=8,
        monitor="fw16",
        stopping_patience=3,
        plateau_patience=1,
        plateau_factor=0.5,
    )
    history = trainer.train(
        builder, tmp_path, protocol, make_model, LOSS_WEIGHTS
    )
    assert [epoch["val_fw16"] for epoch in history] == [0.2, 0.5, 0.5, 0.4, 0.3]
    rates = [epoch["learning_rate"] * 1e3 for epoch in history]
    assert rates == pytest.approx([1, 1, 1, 0.5, 0.25])
    assert protocol.best_epoch(history) == 1
    kept = load_run(tmp_path).load_model().get_weights()
    last = Progress.load(tmp_path).load_checkpoint().get_weights()
    assert any((a != b).any() for a, b in zip(kept, last, strict=False))


@pytest.mark.slow
def test_model_that_adapts_sees_drawn_rows(builder, tmp_path, capsys):
    seen = []

    def make(*arguments):
        model = linear_model(*arguments)

        def adapt(rows):
            seen.append(rows)
            return ["tos", "fragment"]

        model.adapt = adapt
        return model

    protocol = dataclasses.replace(RECIPE, epochs=1, fraction=0.5)
    trainer.train(builder, tmp_path, protocol, make, LOSS_WEIGHTS)
    [rows] = seen
    count = input_pipeline.rows_of(builder, "train", 0.5)
    assert rows.shape == (count, 1500) and rows.dtype == "uint8"
    # Drawn: some come more than once. As the dataset holds them: unchanged.
    packets = {
        row.tobytes()
        for row in input_pipeline.first_rows(builder, "train", count)
    }
    drawn = {row.tobytes() for row in rows}
    assert drawn < packets
    output = capsys.readouterr().out
    assert output.count("nothing: tos, fragment\n") == 1


@pytest.mark.slow
def test_classes_of_few_flows_are_told_in_one_line(builder, tmp_path, capsys):
    protocol = Protocol(epochs=1, batch_size=8, class_power=1.0)
    trainer.train(builder, tmp_path, protocol, linear_model, LOSS_WEIGHTS)
    lines = capsys.readouterr().out.splitlines()
    [line] = [line for line in lines if line.startswith("flows to draw from")]
    columns = input_pipeline.read_columns(
        builder, "train", ("flow", "application")
    )
    names = builder.info.metadata["classes"]["application"]
    single = [
        name
        for label, name in enumerate(names)
        if len(set(columns["flow"][columns["application"] == label])) == 1
    ]
    assert single
    for name in single:
        assert f"application {name}" in line.partition("a single one of")[2]


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ({"flow_cap": 16}, "--flow_cap goes by the flows .*--flow_cap=16"),
        ({"class_power": 0.5}, "--class_power goes by the flows"),
        ({"monitor": "fw16"}, "--monitor goes by the flows .*--monitor=fw16"),
        ({"randomize_fields": 0.5}, "--randomize_fields changes the headers"),
        ({"drop_fields": 0.5}, "clean/.* holds features; .*drop_fields=0.5"),
    ],
)
def test_records_have_neither_flows_nor_headers(
    field, message, prepared_record_dir, tmp_path
):
    records = input_pipeline.load_builder(
        "cicids2017/clean", prepared_record_dir
    )
    with pytest.raises(InputError, match=message) as caught:
        trainer.train(records, tmp_path, Protocol(**field), linear_model, None)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("field", "message"),
    [({"monitor": "fw16"}, "--monitor=fw16 works on"), ({"ema": 0.9}, "--ema")],
)
def test_what_several_devices_cannot_do(field, message, builder, tmp_path):
    strategy = types.SimpleNamespace(num_replicas_in_sync=2)
    with pytest.raises(InputError, match=f"{message}.* leave --strategy out"):
        trainer.train(
            builder,
            tmp_path,
            Protocol(batch_size=8, **field),
            linear_model,
            None,
            strategy,
        )
