import numpy as np
import pytest
import tensorflow as tf

from mtc_tf.data import input_pipeline
from mtc_tf.data import shuffled_rows
from mtc_tf.data import training_batches

TASKS = ("application", "traffic_type", "auxiliary")


@pytest.fixture(scope="module")
def builder(prepared_data_dir):
    return input_pipeline.load_builder(
        "iscx_vpn_nonvpn/flow", prepared_data_dir
    )


def _packets(batches):
    return np.concatenate([inputs["packet"] for inputs, _, _ in batches])


def test_training_order_changes_by_epoch_and_not_by_run(builder):
    def epochs(seed, first, count):
        steps = builder.info.splits["train"].num_examples // 8
        rows = training_batches.read_for_training(
            builder, TASKS, 8, seed, steps=steps, first_epoch=first
        )
        packets = _packets(rows.take(steps * count))
        return np.split(packets, count)

    one, two, three = epochs(seed=0, first=0, count=3)
    assert not np.array_equal(one, two)
    np.testing.assert_array_equal(epochs(0, 2, 1)[0], three)
    assert not np.array_equal(epochs(1, 0, 1)[0], one)


def test_order_follows_from_the_seed_given_alone(builder):
    def first_rows():
        rows = training_batches.read_for_training(builder, (), 8, 0, steps=5)
        return _packets(rows.take(1))

    orders = []
    for process_seed in (0, 1):
        tf.random.set_seed(process_seed)
        orders.append(first_rows())
    np.testing.assert_array_equal(*orders)


@pytest.mark.parametrize("steps", [2, 5, 12])
def test_rows_of_an_epoch(steps, builder):
    whole = builder.info.splits["train"].num_examples // 8  # batches of a pass
    batches = training_batches.read_for_training(builder, (), 8, 0, steps=steps)
    epochs = np.split(_packets(batches.take(2 * steps)), 2)
    for epoch in epochs:
        passes = np.split(epoch, range(8 * whole, len(epoch), 8 * whole))
        for rows in passes:  # none comes twice in a pass
            assert len({row.tobytes() for row in rows}) == len(rows)
    # Each is a pass of its own: the second does not go on where the first
    # ended.
    again = training_batches.read_for_training(
        builder, (), 8, 0, steps=steps, first_epoch=1
    )
    np.testing.assert_array_equal(_packets(again.take(steps)), epochs[1])


def test_later_epoch_reads_none_of_those_before(builder, monkeypatch):
    """A resumed run begins at its epoch."""
    read = []

    def count(example):
        read.append(1)
        return example

    records = shuffled_rows.records_of
    monkeypatch.setattr(
        shuffled_rows,
        "records_of",
        lambda paths: records(paths).map(
            lambda example: tf.py_function(count, [example], tf.string)
        ),
    )
    rows = builder.info.splits["train"].num_examples
    batches = training_batches.read_for_training(
        builder, (), 8, 0, steps=rows // 8, first_epoch=50
    )
    next(iter(batches))
    assert 8 <= len(read) <= 2 * rows


def _recipe(builder, seed=0, first_epoch=0, steps=5, context=None, **more):
    """A stream with all that the recipe asks for."""
    rows = builder.info.splits["train"].num_examples
    return training_batches.read_for_training(
        builder,
        TASKS,
        8,
        seed,
        steps=steps,
        first_epoch=first_epoch,
        row_weights=np.linspace(0.1, 3, rows),
        randomize_fields=0.5,
        drop_fields=0.25,
        context=context,
        **more,
    )


def test_rows_are_drawn_by_their_weights(builder):
    columns = input_pipeline.read_columns(
        builder, "train", ("packet", "application")
    )
    rows = len(columns["packet"])
    weights = np.ones(rows)
    weights[0], weights[1:5] = 10.0, 0.001
    batches = training_batches.read_for_training(
        builder, TASKS, 1, 0, steps=rows, row_weights=weights
    )
    epochs = list(batches.take(2 * rows))
    for epoch in (epochs[:rows], epochs[rows:]):
        drawn = _packets(epoch)
        counts = (drawn[:, None] == columns["packet"]).all(2).sum(0)
        assert counts[0] > 5 * counts[5:].max()
        assert counts[1:5].sum() <= 1
        # Labels come with their packets.
        places = (drawn[:, None] == columns["packet"]).all(2).argmax(1)
        np.testing.assert_array_equal(
            [int(targets["application"][0]) for _, targets, _ in epoch],
            columns["application"][places],
        )


def test_packets_are_changed_otherwise_in_each_step(builder):
    steps = builder.info.splits["train"].num_examples // 8
    plain, changed = (
        _packets(
            training_batches.read_for_training(
                builder, (), 8, 0, steps=steps, randomize_fields=rate
            ).take(2 * steps)
        )
        for rate in (0.0, 0.5)
    )
    # The same rows in the same order: nothing else changes.
    differs = plain != changed
    assert 0.2 < differs[:, 4:6].any(1).mean() < 0.8
    assert not differs[:, :4].any() and not differs[:, 60:].any()
    patterns = differs[:, [4, 8, 24, 28, 34]].reshape(2 * steps, -1)
    assert len(np.unique(patterns, axis=0)) == 2 * steps


@pytest.mark.slow
@pytest.mark.parametrize("done", [1, 2])
def test_recipe_goes_on_where_it_stopped(done, builder):
    whole = list(_recipe(builder).take(3 * 5))
    tf.random.set_seed(7)
    rest = list(_recipe(builder, first_epoch=done).take((3 - done) * 5))
    for mine, theirs in zip(rest, whole[done * 5 :], strict=True):
        tf.nest.map_structure(np.testing.assert_array_equal, mine, theirs)
    other = next(iter(_recipe(builder, seed=1)))
    assert not np.array_equal(other[0]["packet"], whole[0][0]["packet"])


class _Context:
    """What `tf.distribute.InputContext` says of the second of two workers."""

    num_input_pipelines = 2
    input_pipeline_id = 1
    num_replicas_in_sync = 2


def test_workers_share_the_batches_of_a_recipe(builder):
    whole = list(_recipe(builder).take(7))
    shares = list(_recipe(builder, context=_Context).take(7))
    for batch, share in zip(whole, shares, strict=True):
        tf.nest.map_structure(
            lambda part, mine: np.testing.assert_array_equal(part[4:], mine),
            batch,
            share,
        )


def test_drawn_rows(builder):
    columns = input_pipeline.read_columns(builder, "train", ("packet",))
    rows = len(columns["packet"])
    every = training_batches.drawn_rows(builder, 10_000, 0)
    assert every.shape == (rows, 1500) and every.dtype == "uint8"
    assert len(np.unique(every, axis=0)) == rows
    weights = np.full(rows, 1e-6)
    weights[3] = 1.0
    drawn = training_batches.drawn_rows(builder, 5, 0, row_weights=weights)
    np.testing.assert_array_equal(drawn, columns["packet"][[3] * 5])
    half = training_batches.drawn_rows(builder, 10_000, 0, fraction=0.5)
    assert len(half) == input_pipeline.rows_of(builder, "train", 0.5)
