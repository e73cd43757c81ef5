"""Datasets that are opened with masks, or with shuffled labels."""

import numpy as np
import pytest

from mtc_tf.data import input_pipeline
from mtc_tf.data import training_batches
from mtc_tf.data.input_pipeline import load_builder
from mtc_tf.data.input_pipeline import read_columns
from mtc_tf.data.prepared_dataset import PreparedDataset
from mtc_tf.errors import InputError
from mtc_tf.evaluation.baselines.dataset_baselines import training_rows
from mtc_tf.evaluation.baselines.part_rows import read_rows
from mtc_tf.packets.row_bits import mask_rows

DATASET = "iscx_vpn_nonvpn/flow"
TASKS = ("application", "traffic_type", "auxiliary")
MASKS = ("ip.ttl", "transport.ports")


@pytest.fixture(scope="module")
def whole(prepared_data_dir):
    return load_builder(DATASET, prepared_data_dir)


@pytest.fixture(scope="module")
def masked(prepared_data_dir):
    # In another order, and one twice.
    masks = ["transport.ports", "ip.ttl", "ip.ttl"]
    return load_builder(DATASET, prepared_data_dir, masks=masks)


@pytest.fixture(scope="module")
def shuffled(prepared_data_dir):
    return load_builder(DATASET, prepared_data_dir, label_shuffle_seed=3)


def _packets(batches):
    return np.concatenate([inputs["packet"] for inputs, _, _ in batches])


# === Masks ===


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_all_readers_mask(part, whole, masked):
    rows = read_columns(whole, part, ["packet"])["packet"]
    expected = mask_rows(rows, MASKS)
    assert (expected != rows).any(axis=1).all()
    read = _packets(input_pipeline.read_part(masked, part, TASKS, 5))
    np.testing.assert_array_equal(read, expected)
    source = PreparedDataset(masked)
    np.testing.assert_array_equal(source.first_rows(part, 4), expected[:4])
    columns = source.columns(part, ["packet", "application", "length"])
    np.testing.assert_array_equal(columns["packet"], expected)
    others = read_columns(whole, part, ["application", "length"])
    for name, values in others.items():
        np.testing.assert_array_equal(columns[name], values)
    shallow = read_rows(masked, part)["packet"]
    np.testing.assert_array_equal(shallow, expected[:, : shallow.shape[1]])


def test_masks_stand_in_the_metadata(whole, masked):
    assert PreparedDataset(masked).metadata["masks"] == list(MASKS)
    assert "masks" not in PreparedDataset(whole).metadata


def test_masks_come_on_top_of_those_of_the_dataset(masked, monkeypatch):
    monkeypatch.setattr(
        "mtc_tf.data.prepared_builder._find_builder", lambda *_: masked
    )
    both = load_builder(DATASET, "anywhere", masks=["ip.id"])
    assert both.info.metadata["masks"] == ["ip.id", *MASKS]
    masked.info.metadata["masks"] = list(MASKS)


@pytest.mark.slow
def test_fields_that_are_changed_in_training_stay_masked(masked):
    """Random values would bring back what the rows at hand do not have."""
    batches = training_batches.read_for_training(
        masked, TASKS, 8, 0, steps=4, randomize_fields=1.0
    )
    packets = _packets(batches.take(4))
    np.testing.assert_array_equal(packets, mask_rows(packets, MASKS))
    assert len(np.unique(packets[:, 4:6], axis=0)) > 8  # ids are random


def test_drawn_rows_are_masked(masked):
    rows = PreparedDataset(masked).drawn_rows(10, seed=0)
    np.testing.assert_array_equal(rows, mask_rows(rows, MASKS))


@pytest.mark.parametrize(
    ("mask", "hides"),
    [("headers", True), ("ip.length", True), ("ip.id", False)],
)
def test_length_beside_the_bytes_goes_with_that_in_them(
    mask, hides, prepared_data_dir
):
    builder = load_builder(DATASET, prepared_data_dir, masks=[mask])
    assert read_rows(builder, "test")["length"].any() != hides


def test_records_have_nothing_to_mask(prepared_record_dir):
    with pytest.raises(
        InputError, match="cicids2017/clean/.* holds features; .*=ip.ttl"
    ):
        load_builder("cicids2017/clean", prepared_record_dir, masks=["ip.ttl"])


# === Shuffled labels ===


def _labels(builder, part="train"):
    columns = read_columns(builder, part, ["flow", *TASKS])
    return columns["flow"], np.stack([columns[x] for x in TASKS], axis=1)


def test_flows_of_the_training_part_get_the_labels_of_others(whole, shuffled):
    flows, before = _labels(whole)
    _, after = _labels(shuffled)
    assert (before != after).any()
    by_flow = [
        sorted(labels[flows == flow][0].tolist() for flow in np.unique(flows))
        for labels in (before, after)
    ]
    # Tasks move together: the same triples, one a flow.
    assert by_flow[0] == by_flow[1]
    for flow in np.unique(flows):
        assert len(np.unique(after[flows == flow], axis=0)) == 1


@pytest.mark.parametrize("part", ["validation", "test"])
def test_other_parts_keep_their_labels(part, whole, shuffled):
    np.testing.assert_array_equal(
        _labels(whole, part)[1], _labels(shuffled, part)[1]
    )


def test_all_readers_give_the_same_labels(shuffled):
    columns = read_columns(shuffled, "train", ["packet", *TASKS])
    place = {row.tobytes(): i for i, row in enumerate(columns["packet"])}
    streams = (
        input_pipeline.read_part(shuffled, "train", TASKS, 8),
        training_batches.read_for_training(
            shuffled,
            TASKS,
            8,
            0,
            steps=10,
            row_weights=np.linspace(0.1, 2, len(place)),
        ).take(20),
    )
    for stream in streams:
        for inputs, targets, weights in stream:
            rows = [place[row.tobytes()] for row in inputs["packet"].numpy()]
            for task in TASKS:
                labels = columns[task][rows]
                np.testing.assert_array_equal(
                    targets[task], np.maximum(labels, 0)
                )
                np.testing.assert_array_equal(weights[task], labels >= 0)
    train, labels, _ = training_rows(shuffled, TASKS)
    rows = [
        next(i for key, i in place.items() if key.startswith(row.tobytes()))
        for row in train["packet"]
    ]
    for task in TASKS:
        np.testing.assert_array_equal(labels[task], columns[task][rows])


def test_share_of_the_part_has_the_same_labels(shuffled):
    every = read_columns(shuffled, "train", TASKS)
    half = read_columns(shuffled, "train", TASKS, 0.5)
    for task in TASKS:
        count = input_pipeline.rows_of(shuffled, "train", 0.5)
        np.testing.assert_array_equal(half[task], every[task][:count])


def test_run_that_goes_on_sees_the_same(shuffled):
    def stream(first_epoch, epochs):
        return training_batches.read_for_training(
            shuffled, TASKS, 8, 0, steps=3, first_epoch=first_epoch
        ).take(3 * epochs)

    for mine, theirs in zip(stream(1, 1), list(stream(0, 2))[3:], strict=True):
        np.testing.assert_array_equal(mine[0]["packet"], theirs[0]["packet"])
        for task in TASKS:
            np.testing.assert_array_equal(mine[1][task], theirs[1][task])


def test_labels_of_records_move_one_by_one(prepared_record_dir):
    whole, shuffled = (
        load_builder(
            "cicids2017/clean", prepared_record_dir, label_shuffle_seed=seed
        )
        for seed in (None, 0)
    )
    before, after = (
        read_columns(builder, "train", ["attack", "malicious"])
        for builder in (whole, shuffled)
    )
    assert (before["attack"] != after["attack"]).any()
    pairs = [
        sorted(zip(x["attack"].tolist(), x["malicious"].tolist(), strict=True))
        for x in (before, after)
    ]
    assert pairs[0] == pairs[1]
