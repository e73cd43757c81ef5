import gzip
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow_datasets as tfds
from cicids2017.cicids2017_dataset_builder import Builder
from cicids2017.cicids2017_dataset_builder import Config
from shared_data import SHARED
from shared_data import requires_shared
from small_record_tables import CLASS_OF_LABEL
from small_record_tables import COLUMNS
from small_record_tables import DUMMY_DATA
from small_record_tables import FEATURES
from small_record_tables import FOLDER
from small_record_tables import KEPT
from small_record_tables import later_table
from small_record_tables import random_records
from small_record_tables import record
from small_record_tables import table
from small_record_tables import write_dummy_data

from mtc_tf.data.record_dataset import RecordDataset
from mtc_tf.data.splits import PARTS

SAMPLE = SHARED / "cicids2017" / "sample_12001_rows.csv"
ORIGINAL = SAMPLE.with_name("Friday-WorkingHours-Afternoon-DDos.pcap_ISCX.csv")


class PaperConfigTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["paper"]
    SPLITS = {"train": 39, "validation": 21, "test": 19}


class CleanConfigTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["clean", "clean_no_port"]
    SPLITS = {"train": 52, "validation": 21, "test": 13}


def _prepare(manual_dir, data_dir, config="clean"):
    builder = Builder(data_dir=data_dir, config=config)
    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(manual_dir=manual_dir)
    )
    return builder


def test_dummy_data_is_what_its_script_writes(tmp_path):
    write_dummy_data(tmp_path)
    names = sorted(path.name for path in DUMMY_DATA.iterdir())
    assert names == sorted(path.name for path in tmp_path.iterdir())
    for name in names:
        assert (DUMMY_DATA / name).read_bytes() == (
            tmp_path / name
        ).read_bytes()


def test_prepared_dataset_describes_itself(prepared_record_dir):
    info = tfds.builder("cicids2017/clean", data_dir=prepared_record_dir).info
    metadata = info.metadata
    assert info.features["attack"].names == metadata["classes"]["attack"]
    assert info.features["malicious"].names == ["Benign", "Malicious"]
    assert metadata["scaler"]["features"] == metadata["features"]
    assert len(metadata["features"]) == 49
    assert metadata["label_map"]["version"] == "1.0.0"
    steps = metadata["report"]["steps"]
    assert list(steps.values()) == [105, 102, 101, 100, 98, 98, 98]


@pytest.mark.parametrize("config", ["paper", "clean", "clean_no_port"])
def test_records_are_scaled(config, tmp_path):
    builder = _prepare(DUMMY_DATA, tmp_path, config)
    rows = np.concatenate(
        [
            rows["features"]
            for part in ("train", "validation", "test")
            for rows in tfds.as_numpy(builder.as_dataset(part, batch_size=999))
        ]
    )
    assert rows.shape[1] == (48 if config == "clean_no_port" else 49)
    assert (rows.min(), rows.max()) == (0, 1)


def test_features_chosen_by_the_data(tmp_path):
    config = Config(
        name="filtered", recipe="clean", choice="filter", split_seed=1
    )
    builder = _prepare(DUMMY_DATA, tmp_path, config)
    # What the dummy data's rows differ in.
    assert set(builder.info.metadata["features"]) <= {
        "Destination Port",
        "Flow Duration",
        "Fwd Packet Length Max",
        "Flow IAT Mean",
        "Fwd Header Length",
        "Init_Win_bytes_forward",
    }
    assert builder.info.metadata["split_seed"] == 1


@requires_shared
@pytest.mark.parametrize(
    ("recipe", "without", "rows"),
    [
        ("paper", [], [12_001, 11_669, 11_666, 11_661, 11_661]),
        ("clean", [], [12_001, 11_725, 11_720, 11_715, 11_715, 11_710, 11_710]),
        (
            "clean",
            ["Destination Port"],
            [12_001, 11_725, 11_720, 11_715, 11_715, 10_944, 10_944],
        ),
    ],
)
def test_counts_of_the_real_sample(recipe, without, rows):
    dataset = RecordDataset(
        *([SAMPLE], CLASS_OF_LABEL, FEATURES, KEPT),
        recipe=recipe,
        without=without,
    )
    assert list(dataset.metadata["report"]["steps"].values()) == rows


@requires_shared
def test_written_parts_of_the_real_sample_share_no_row(tmp_path):
    (tmp_path / "sample").mkdir()
    shutil.copy(SAMPLE, tmp_path / "sample")
    data_dir = tmp_path / "data"
    builder = _prepare(tmp_path / "sample", data_dir, "clean_no_port")
    report = builder.info.metadata["report"]
    assert builder.info.splits.total_num_examples == sum(
        count
        for name, row in report["classes"].items()
        for part in PARTS
        for count in row[part].values()
    )
    assert _shared_rows(builder) == {"validation": 0, "test": 0}


def _shared_rows(builder):
    """Counts rows whose features, as written, stand in an earlier part."""
    seen, counts = set(), {}
    for part in PARTS:
        rows = [
            row.tobytes()
            for batch in tfds.as_numpy(builder.as_dataset(part, batch_size=999))
            for row in batch["features"]
        ]
        counts[part] = sum(row in seen for row in rows)
        seen.update(rows)
    return {part: counts[part] for part in PARTS[1:]}


@requires_shared
@pytest.mark.parametrize("choice", ["fixed", "filter"])
@pytest.mark.parametrize("without", [[], ["Destination Port"]])
def test_parts_of_the_real_sample_share_no_row(choice, without):
    chosen = KEPT if choice == "fixed" else None
    dataset = RecordDataset(
        *([SAMPLE], CLASS_OF_LABEL, FEATURES, chosen),
        recipe="clean",
        without=without,
        split_seed=1,
    )
    rows = [
        {example["features"].tobytes() for _, example in dataset.examples(part)}
        for part in PARTS
    ]
    assert not rows[0] & (rows[1] | rows[2])
    assert not rows[1] & rows[2]


@requires_shared
def test_genuine_bytes_are_read(tmp_path):
    """CRLF, the doubled column, `Infinity` and `NaN` as they were written."""
    builder = _prepare(SAMPLE.parent, tmp_path)
    [original, sample] = builder.info.metadata["report"]["files"].items()
    assert original[0] == ORIGINAL.name
    assert (original[1]["read"], sample[1]["read"]) == (9_998, 12_001)


def _build(folder, data_dir, *arguments):
    return subprocess.run(
        [
            *(sys.executable, "-m", "tensorflow_datasets.scripts.cli.main"),
            *("build", str(FOLDER), f"--manual_dir={folder}"),
            *(f"--data_dir={data_dir}", *arguments),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@pytest.mark.slow
def test_command_prints_the_report(tmp_path):
    config = '{"name": "mine", "recipe": "clean", "choice": "filter"}'
    done = _build(DUMMY_DATA, tmp_path, f"--config={config}")
    assert done.returncode == 0, done.stderr
    assert "Split by row, split seed 0; recipe clean; 5 features" in done.stdout
    assert (tmp_path / "cicids2017/mine/2.0.0").is_dir()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "expected the CSV files of CICIDS2017, found none"),
        (b"", "the file is empty"),
        (b"a,b\n1,2\n", "79 of 79 are missing: 'Destination Port', "),
        (
            table([record("Sunshine")]),
            "line 2, column 'Label': expected one of",
        ),
        (table([record()] * 3), "two classes at least are needed"),
        (table([record("DoS Hulk - Attempted")]), "'DoS Hulk - Attempted'"),
        (
            table([record(), [*COLUMNS]]),
            "line 3, column 'Destination Port': expected a number, received "
            "'Destination Port'",
        ),
    ],
)
def test_folder_of_no_use(content, message, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.txt").write_text("no table")
    if content is not None:
        (tmp_path / "in" / "x.csv").write_bytes(content)
    with pytest.raises(SystemExit, match="cicids2017: error: ") as caught:
        _prepare(tmp_path / "in", tmp_path / "out")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("out/cicids2017/clean/*/*.tfrecord*"))


def test_compressed_table_of_a_later_generation(tmp_path, capsys):
    rows = random_records(["BENIGN"] * 40 + ["DDoS"] * 20 + ["Bot"] * 9)
    content = gzip.compress(later_table(rows, "CSE-CIC-IDS2018"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "Friday.CSV.gz").write_bytes(content)
    builder = _prepare(tmp_path / "in", tmp_path / "out")
    report = builder.info.metadata["report"]
    assert report["steps"]["read"] == 69
    assert report["column_names"] == {"Friday.CSV.gz": "CSE-CIC-IDS2018"}
    told = "Friday.CSV.gz: columns named as in CSE-CIC-IDS2018\n"
    assert told in capsys.readouterr().out


def test_folder_that_is_missing(tmp_path):
    with pytest.raises(SystemExit, match="https://www.unb.ca/cic"):
        _prepare(tmp_path / "none", tmp_path)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"choice": "best"}, "choice .* fixed, filter; received 'best'"),
        ({"recipe": "raw"}, "recipe .* paper, clean; received 'raw'"),
        ({"without": ["Dest Port"]}, "without .*; received 'Dest Port'"),
    ],
)
def test_option_that_is_unknown(option, message, tmp_path):
    config = Config(**{"name": "x", "recipe": "clean", **option})
    with pytest.raises(SystemExit, match=message):
        _prepare(DUMMY_DATA, tmp_path, config)
