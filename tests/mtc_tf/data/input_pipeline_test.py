import json
import shutil

import numpy as np
import pytest

from mtc_tf.cli import main
from mtc_tf.data import input_pipeline
from mtc_tf.data import training_batches
from mtc_tf.errors import InputError

TASKS = ("application", "traffic_type", "auxiliary")


@pytest.fixture(scope="module")
def builder(prepared_data_dir):
    return input_pipeline.load_builder(
        "iscx_vpn_nonvpn/flow", prepared_data_dir
    )


def _packets(batches):
    return np.concatenate([inputs["packet"] for inputs, _, _ in batches])


def test_part_is_read_whole_and_in_batches(builder):
    batches = list(input_pipeline.read_part(builder, "train", TASKS, 8))
    rows = builder.info.splits["train"].num_examples
    assert [len(inputs["packet"]) for inputs, _, _ in batches] == (
        [8] * (rows // 8) + [rows % 8]
    )
    inputs, targets, weights = batches[0]
    assert inputs["packet"].shape == (8, 1500)
    assert inputs["packet"].dtype == "uint8"
    assert set(targets) == set(weights) == set(TASKS)
    assert len(input_pipeline.read_part(builder, "train", TASKS, 8)) == len(
        batches
    )


def test_rows_are_those_of_tfds(builder):
    expected = [
        (example["packet"].numpy(), int(example["application"]))
        for example in builder.as_dataset(split="test", shuffle_files=False)
    ]
    [(inputs, targets, _)] = input_pipeline.read_part(
        builder, "test", TASKS, 1000
    )
    assert len(expected) == len(inputs["packet"])
    for row, (packet, application) in enumerate(expected):
        np.testing.assert_array_equal(inputs["packet"][row], packet)
        assert targets["application"][row] == application


def test_missing_label_has_no_weight(builder):
    weights = []
    labels = []
    for part in ("train", "validation", "test"):
        for _, targets, weight in input_pipeline.read_part(
            builder, part, TASKS, 1000
        ):
            labels.extend(targets["application"].numpy())
            weights.extend(weight["traffic_type"].numpy())
            # Every packet has an application.
            assert np.all(weight["application"] == 1)
            assert np.all(targets["traffic_type"] >= 0)
    # Tor captures have an application and no traffic type.
    tor = builder.info.metadata["classes"]["application"].index("Tor")
    assert tor in labels
    np.testing.assert_array_equal(
        np.array(labels) == tor, np.array(weights) == 0
    )


def test_fraction_reads_the_first_rows(builder):
    whole = _packets(input_pipeline.read_part(builder, "train", (), 8))
    part = _packets(
        input_pipeline.read_part(builder, "train", (), 8, fraction=0.25)
    )
    count = round(len(whole) / 4)
    np.testing.assert_array_equal(part, whole[:count])
    assert input_pipeline.rows_of(builder, "train", 0.25) == count
    drawn = _packets(
        training_batches.read_for_training(
            builder, (), 1, 0, steps=count, fraction=0.25
        ).take(2 * count)
    )
    assert {row.tobytes() for row in drawn} == {row.tobytes() for row in part}
    np.testing.assert_array_equal(
        input_pipeline.first_rows(builder, "train", 3), whole[:3]
    )


@pytest.mark.parametrize(
    "name", ["iscx_vpn_nonvpn/paper", "unheard_of/flow", "", "a b"]
)
def test_dataset_that_is_not_there_is_an_error(prepared_data_dir, name):
    with pytest.raises(InputError, match="no prepared dataset"):
        input_pipeline.load_builder(name, prepared_data_dir)


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("metadata.json", "{}", "metadata of .* lacks 'classes'"),
        ("metadata.json", '{"classes": [1]}', "at 'classes'"),
        ("metadata.json", "[1]", "in data_dir .* is damaged"),
        ("metadata.json", "{", "in data_dir .* is damaged"),
        ("metadata.json", "[" * 99_999, "in data_dir .* is damaged"),
        ("dataset_info.json", "{", "in data_dir .* is damaged"),
        ("dataset_info.json", "[]", "in data_dir .* is damaged"),
        ("dataset_info.json", '{"name": 3}', "in data_dir .* is damaged"),
    ],
)
def test_description_that_is_damaged(
    file, text, message, prepared_data_dir, tmp_path
):
    below = "iscx_vpn_nonvpn/flow/2.0.1"
    shutil.copytree(prepared_data_dir / below, tmp_path / below)
    (tmp_path / below / file).write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        input_pipeline.load_builder("iscx_vpn_nonvpn/flow", tmp_path)
    assert str(caught.value).isprintable()


@pytest.fixture
def copied(prepared_data_dir, tmp_path):
    """A dataset that a test may damage, and a file of its training part."""
    shutil.copytree(prepared_data_dir, tmp_path / "data")
    [path] = (tmp_path / "data").rglob("*-train.tfrecord*")
    return tmp_path / "data", path


def test_file_that_is_missing(copied):
    data_dir, path = copied
    path.unlink()
    with pytest.raises(InputError, match=f"{path.name} is missing$"):
        input_pipeline.load_builder("iscx_vpn_nonvpn/flow", data_dir)


def test_file_that_is_cut(copied):
    data_dir, path = copied
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    message = f"expected {len(content)} bytes in the files of the part 'train'"
    with pytest.raises(InputError, match=message):
        input_pipeline.load_builder("iscx_vpn_nonvpn/flow", data_dir)


def test_file_with_a_changed_byte_ends_a_command(copied, tmp_path, capsys):
    data_dir, path = copied
    content = bytearray(path.read_bytes())
    content[500] ^= 1
    path.write_bytes(content)
    arguments = [f"--data_dir={data_dir}", f"--output={tmp_path / 'x.npz'}"]
    assert main(["arrays", "iscx_vpn_nonvpn/flow", *arguments]) == 1
    error = capsys.readouterr().err
    assert error.startswith("mtc: error: a file is damaged: corrupted record ")
    assert error.count("\n") == 1
    assert not (tmp_path / "x.npz").exists()


def test_dataset_of_an_earlier_version_calls_the_split_seed_seed(
    prepared_data_dir, tmp_path
):
    below = "iscx_vpn_nonvpn/flow/2.0.1"
    shutil.copytree(prepared_data_dir / below, tmp_path / below)
    path = tmp_path / below / "metadata.json"
    metadata = json.loads(path.read_text())
    assert "seed" not in metadata
    metadata["seed"] = metadata.pop("split_seed") + 7
    path.write_text(json.dumps(metadata))
    builder = input_pipeline.load_builder("iscx_vpn_nonvpn/flow", tmp_path)
    received = dict(builder.info.metadata)
    assert received.pop("split_seed") == metadata.pop("seed") == 7
    assert received == metadata
    assert len(input_pipeline.first_rows(builder, "train", 2)) == 2


def test_columns_are_those_of_tfds(builder):
    names = ("packet", "flow", "application", "group", "timestamp", "length")
    columns = input_pipeline.read_columns(builder, "train", names)
    expected = list(builder.as_dataset(split="train", shuffle_files=False))
    assert set(columns) == set(names)
    for name in names:
        np.testing.assert_array_equal(
            columns[name], [example[name].numpy() for example in expected]
        )
    assert columns["timestamp"].dtype == "float64"


def test_columns_of_a_fraction_are_the_first_rows(builder):
    whole = input_pipeline.read_columns(builder, "train", ["flow"])["flow"]
    half = input_pipeline.read_columns(builder, "train", ["flow"], 0.5)["flow"]
    np.testing.assert_array_equal(half, whole[: len(half)])
    assert len(half) == input_pipeline.rows_of(builder, "train", 0.5)


def test_column_that_is_not_there(builder):
    with pytest.raises(InputError, match="no feature 'features', but packet"):
        input_pipeline.read_columns(builder, "train", ["flow", "features"])
