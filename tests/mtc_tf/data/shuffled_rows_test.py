import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from iscx_vpn_nonvpn.iscx_vpn_nonvpn_dataset_builder import Builder
from small_captures import DUMMY_DATA

from mtc_tf.data import input_pipeline
from mtc_tf.data import shuffled_rows

TASKS = ("application",)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """A dataset of four shards a part."""
    folder = tmp_path_factory.mktemp("data")
    config = tfds.download.DownloadConfig(manual_dir=DUMMY_DATA, num_shards=4)
    builder = Builder(data_dir=folder, config="flow")
    builder.download_and_prepare(download_config=config)
    return folder


@pytest.fixture
def builder(data_dir):
    return input_pipeline.load_builder("iscx_vpn_nonvpn/flow", data_dir)


def _rows(builder, epoch, seed=0, **options):
    """Places of an epoch's rows in the part, and the labels dealt to them."""
    read = shuffled_rows.shuffled_batches(builder, TASKS, 1, seed, **options)
    # The number of an epoch is a tensor.
    epochs = tf.data.Dataset.from_tensors(np.int64(epoch)).flat_map(read)
    rows = list(epochs.unbatch().as_numpy_iterator())
    examples = list(input_pipeline.examples_of(builder, "train"))
    places = {example.numpy(): n for n, example in enumerate(examples)}
    return [places[row["examples"]] for row in rows], rows


def test_an_epoch_has_each_row_once_in_an_order_of_its_own(builder):
    count = builder.info.splits["train"].num_examples
    orders = [_rows(builder, epoch)[0] for epoch in (0, 1, 0)]
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(count))
    assert orders[0] == orders[2] != orders[1]
    assert _rows(builder, 0, seed=1)[0] != orders[0]


def test_shards_come_in_an_order_of_their_own(builder, monkeypatch):
    monkeypatch.setattr(shuffled_rows, "BLOCK_ROWS", 1)
    lengths = builder.info.splits["train"].shard_lengths
    starts = (np.cumsum(lengths) - lengths).tolist()
    orders = {
        tuple(place for place in _rows(builder, epoch)[0] if place in starts)
        for epoch in range(4)
    }
    assert len(orders) > 1
    assert {tuple(sorted(order)) for order in orders} == {tuple(starts)}


def test_a_fraction_is_the_first_rows_of_all_shards(builder):
    count = input_pipeline.rows_of(builder, "train", 0.4)
    lengths = builder.info.splits["train"].shard_lengths
    assert count not in np.cumsum(lengths)
    assert sorted(_rows(builder, 0, fraction=0.4)[0]) == list(range(count))


def test_draws_and_dealt_labels_go_with_their_rows(data_dir):
    builder = input_pipeline.load_builder(
        "iscx_vpn_nonvpn/flow", data_dir, label_shuffle_seed=3
    )
    labels = input_pipeline.read_columns(builder, "train", TASKS)["application"]
    weights = np.zeros(len(labels))
    weights[7], weights[30] = 1.0, 3.0
    places, rows = _rows(builder, 0, row_weights=weights)
    assert set(places) == {7, 30}
    assert places.count(30) == pytest.approx(3 * places.count(7), abs=3)
    assert [row["application"] for row in rows] == labels[places].tolist()
