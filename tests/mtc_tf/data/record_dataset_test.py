import gzip
import os

import numpy as np
import pytest
from small_record_tables import CLASS_OF_LABEL
from small_record_tables import FEATURES
from small_record_tables import KEPT
from small_record_tables import LATER_HEADERS
from small_record_tables import later_table
from small_record_tables import random_records
from small_record_tables import record
from small_record_tables import table

from mtc_tf.data import record_dataset
from mtc_tf.data import record_split
from mtc_tf.data.record_dataset import RecordDataset
from mtc_tf.data.splits import PARTS
from mtc_tf.errors import InputError

LABELS = (
    ["BENIGN"] * 80
    + ["DDoS"] * 40
    + ["PortScan"] * 20
    + ["SSH-Patator"] * 8
    + ["Web Attack - XSS"] * 4
    + ["Bot"] * 3
    + ["Infiltration"] * 2
)


@pytest.fixture
def make(tmp_path):
    """Writes tables, each given as its rows, and makes a dataset of them."""

    def make(*tables, chosen=KEPT, recipe="clean", **arguments):
        paths = []
        for number, rows in enumerate(tables):
            paths.append(tmp_path / f"{number}.csv")
            paths[-1].write_bytes(table(rows))
        return RecordDataset(
            paths, CLASS_OF_LABEL, FEATURES, chosen, recipe=recipe, **arguments
        )

    return make


def _examples(dataset):
    return {part: list(dataset.examples(part)) for part in PARTS}


def _is_synthetic(example):
    return example["line"] == 0


def test_every_record_is_in_one_part(make):
    parts = _examples(make(random_records(LABELS)))
    keys = [key for examples in parts.values() for key, _ in examples]
    assert len(keys) == len(set(keys))
    real = [key for key in keys if key.startswith("0.csv/")]
    # Of the training part's large classes some were left out.
    assert len(real) < len(LABELS) - LABELS.count("Infiltration")
    classes = {
        part: {example["attack"] for _, example in examples}
        for part, examples in parts.items()
    }
    assert classes["train"] == classes["test"] == set(range(6))


def test_labels_agree_with_the_file(make):
    rows = random_records(LABELS)
    dataset = make(rows)
    attacks = dataset.metadata["classes"]["attack"]
    for examples in _examples(dataset).values():
        for key, example in examples:
            attack = attacks[example["attack"]]
            assert example["malicious"] == (attack != "Benign")
            if not _is_synthetic(example):
                assert key == f"0.csv/{example['line']}"
                label = rows[example["line"] - 2][-1]
                assert attack == CLASS_OF_LABEL[label]


def test_test_and_validation_keep_the_natural_mix_in_clean(make):
    dataset = make(random_records(LABELS))
    parts = _examples(dataset)
    for part in ("validation", "test"):
        assert not any(_is_synthetic(example) for _, example in parts[part])
    assert any(_is_synthetic(example) for _, example in parts["train"])
    counts = dataset.metadata["report"]["classes"]
    for name, labels in (("Benign", ["BENIGN"]), ("DoS/DDoS", ["DDoS"])):
        assert (
            0.1
            < (counts[name]["test"]["real"] / LABELS.count(labels[0]))
            < 0.32
        )


def test_paper_has_synthetic_records_in_its_test_part(make):
    parts = _examples(make(random_records(LABELS * 4), recipe="paper"))
    for examples in parts.values():
        assert any(_is_synthetic(example) for _, example in examples)


def test_nothing_that_is_fitted_sees_the_test_part_in_clean(make, monkeypatch):
    seen = {"fit_scaler": [], "balance_records": [], "filter_features": []}

    def watch(module, name):
        original = getattr(module, name)

        def watched(rows, *args, **kwargs):
            seen[name].append(np.array(rows))
            return original(rows, *args, **kwargs)

        monkeypatch.setattr(module, name, watched)

    watch(record_split, "fit_scaler")
    watch(record_split, "balance_records")
    watch(record_dataset.tabular, "filter_features")
    rows = random_records(LABELS)
    # Makes each record known by a feature that is kept.
    number = FEATURES.index("Active Mean")
    for index, row in enumerate(rows):
        row[number] = str(index)
    dataset = make(rows, chosen=None)
    parts = _examples(dataset)
    held_out = {
        example["line"] - 2
        for part in ("validation", "test")
        for _, example in parts[part]
    }
    assert held_out
    [values] = seen["filter_features"]
    [raw] = seen["fit_scaler"]
    [scaled] = seen["balance_records"]
    trained = set(values[:, number].astype(int))
    assert trained == set(
        raw[:, dataset.features.index("Active Mean")].astype(int)
    )
    assert len(trained) == len(scaled) == len(raw)
    assert not trained & held_out
    # All that were not held out, apart from those of the removed class.
    kept = {i for i, row in enumerate(rows) if row[-1] != "Infiltration"}
    assert trained | held_out == kept


def test_scaler_of_paper_sees_every_record(make):
    rows = random_records(LABELS)
    number = FEATURES.index("Active Mean")
    for index, row in enumerate(rows[:-2]):  # the last two are removed
        row[number] = str(index)
    largest = {}
    for recipe in ("paper", "clean"):
        scaler = make(rows, recipe=recipe).metadata["scaler"]
        quantiles = scaler["quantiles"][KEPT.index("Active Mean")]
        largest[recipe] = [q for q in quantiles if q % 1 == 0]
    assert set(largest["clean"]) < set(largest["paper"])
    assert len(set(largest["paper"])) == len(rows) - 2


def test_order_of_files_and_rows_plays_no_part(make):
    rows = random_records(LABELS)
    one = make(rows).metadata["digests"]
    assert make(rows[:50], rows[:49:-1]).metadata["digests"] == one
    assert make(rows, split_seed=1).metadata["digests"] != one


def _rows_of_parts(dataset):
    """The feature rows of each part as they are written."""
    return {
        part: [tuple(example["features"].tolist()) for _, example in examples]
        for part, examples in _examples(dataset).items()
    }


def _twins():
    """Rows, and the same with another port, digit or column left out."""
    rows = random_records(LABELS * 3)
    twins = []
    for number, (name, value) in enumerate(
        [
            ("Destination Port", "65000"),
            # Is left out by the fixed list, and hardly varies.
            ("Bwd PSH Flags", "1"),
            # Float32 does not hold the difference.
            (
                "Active Mean",
                "0.00000000000000000000000000000000000000000000001",
            ),
        ]
    ):
        for row in rows[number::4]:
            twin = list(row)
            twin[FEATURES.index(name)] = value
            twins.append(twin)
    return rows + twins


CLEAN = [
    {"chosen": KEPT},
    {"chosen": KEPT, "without": ["Destination Port"]},
    {"chosen": None},
    {"chosen": None, "without": ["Destination Port"], "split_seed": 1},
]


@pytest.mark.parametrize("arguments", CLEAN)
def test_no_equal_feature_rows_across_parts_in_clean(arguments, make):
    dataset = make(_twins(), **arguments)
    parts = _rows_of_parts(dataset)
    train, validation, test = map(set, parts.values())
    assert not train & validation
    assert not (train | validation) & test
    # Nor twice in a part that is measured.
    assert len(parts["validation"]) == len(validation)
    assert len(parts["test"]) == len(test)
    assert dataset.metadata["report"]["records_of_an_earlier_part"] == {
        "validation": 0,
        "test": 0,
    }


def test_one_copy_is_kept_of_rows_equal_in_the_kept_features(make):
    rows = random_records(LABELS)
    other_ports = [[str(60_000 + n), *row[1:]] for n, row in enumerate(rows)]
    once, twice = (
        make(tables, without=["Destination Port"]).metadata["report"]
        for tables in (rows, rows + other_ports)
    )
    kept = len(rows) - LABELS.count("Infiltration")
    assert once["steps"]["without equal feature rows"] == kept
    assert twice["steps"]["without Infiltration"] == 2 * kept
    assert twice["steps"]["without equal feature rows"] == kept
    for name, counts in twice["classes"].items():
        assert counts["cleaned"] == once["classes"][name]["cleaned"]


def test_equal_rows_of_different_classes_go_together(make):
    rows = random_records(LABELS * 2)
    scans = [[*row[:-1], "PortScan"] for row in rows if row[-1] == "BENIGN"]
    dataset = make(rows + scans, without=["Destination Port"])
    classes_of = {}
    for part in ("validation", "test"):
        for _, example in dataset.examples(part):
            row = (part, *example["features"].tolist())
            classes_of.setdefault(row, []).append(example["attack"])
    several = [sorted(x) for x in classes_of.values() if len(x) > 1]
    scan = dataset.metadata["classes"]["attack"].index("PortScan")
    assert several == [[0, scan]] * len(several)
    assert len(several) > 20
    parts = _rows_of_parts(dataset)
    assert not set(parts["train"]) & set(parts["test"])


def test_records_that_the_scaler_makes_equal_stand_in_one_part(make):
    """Two values next to each other in float32, far from all the others."""
    rows = random_records(["BENIGN"] * 300 + ["Bot"] * 20)
    number = FEATURES.index("Fwd IAT Std")
    for value in range(100, 10_000, 100):
        for next_to in (np.float32(value), np.nextafter(np.float32(value), 0)):
            rows.append([*rows[0]])
            rows[-1][number] = repr(float(next_to))
    dataset = make(rows)
    steps = dataset.metadata["report"]["steps"]
    assert steps["without equal feature rows"] == len(rows)
    assert steps["without equal scaled rows"] < len(rows) - 20
    parts = _rows_of_parts(dataset)
    assert not set(parts["train"]) & set(parts["validation"])
    assert not set(parts["train"] + parts["validation"]) & set(parts["test"])


def test_record_equal_to_a_synthetic_one_is_left_out(make, monkeypatch):
    rows = random_records(LABELS)
    held_out = make(rows)._divided.rows[-1]
    balance = record_split.balance_records

    def balance_badly(*args, **kwargs):
        rows, classes, sources = balance(*args, **kwargs)
        rows[-1], sources[-1] = held_out, -1
        return rows, classes, sources

    monkeypatch.setattr(record_split, "balance_records", balance_badly)
    parts = _rows_of_parts(make(rows))
    assert tuple(held_out.tolist()) in parts["train"]
    assert tuple(held_out.tolist()) not in parts["test"] + parts["validation"]


def test_parts_that_share_records_are_not_called_clean(make, monkeypatch):
    monkeypatch.setattr(
        record_split,
        "first_of_equal",
        lambda ids, classes, parts: (np.arange(len(ids)), parts),
    )
    with pytest.raises(InputError, match="part 'validation' equal") as caught:
        make(_twins(), chosen=None, without=["Destination Port"])
    assert "\n" not in str(caught.value)


def test_paper_counts_the_records_that_stand_in_two_parts(make):
    dataset = make(_twins(), recipe="paper", without=["Destination Port"])
    parts = _rows_of_parts(dataset)
    train, validation = set(parts["train"]), set(parts["validation"])
    counts = {
        "validation": sum(row in train for row in parts["validation"]),
        "test": sum(row in train | validation for row in parts["test"]),
    }
    assert counts["test"] > 10
    assert dataset.metadata["report"]["records_of_an_earlier_part"] == counts


def test_encoding_and_names_of_columns_play_no_part(tmp_path):
    rows = random_records(LABELS)
    content = table(rows)
    forms = [
        content,
        gzip.compress(content.decode().encode("utf-16")),
        *(later_table(rows, generation) for generation in LATER_HEADERS),
    ]
    datasets = []
    for number, data in enumerate(forms):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(data)
        datasets.append(
            RecordDataset(
                [path], CLASS_OF_LABEL, FEATURES, KEPT, recipe="clean"
            )
        )
    first, *others = (dataset.metadata["digests"] for dataset in datasets)
    assert others == [first] * len(others)
    names = [dataset.metadata["report"]["column_names"] for dataset in datasets]
    assert [name for found in names for name in found.values()] == [
        *["CICIDS2017"] * 2,
        *LATER_HEADERS,
    ]


def test_sample_holds_records_as_they_stood_in_the_file(make):
    rows = random_records(LABELS)
    dataset = make(rows, recipe="paper")
    columns = [FEATURES.index(name) for name in KEPT]
    stood = {
        tuple(np.float32([row[column] for column in columns])) for row in rows
    }
    assert dataset.metadata["sample"]
    assert {tuple(map(np.float32, r)) for r in dataset.metadata["sample"]} < (
        stood
    )


def test_feature_that_is_left_out(make):
    dataset = make(random_records(LABELS), without=["Destination Port"])
    assert dataset.features == KEPT[1:]
    assert len(dataset.metadata["scaler"]["quantiles"]) == 48
    [(_, example), *_] = dataset.examples("train")
    assert example["features"].shape == (48,)


def test_one_class_is_none_to_learn(make):
    with pytest.raises(InputError, match="20 records, of Benign"):
        make(random_records(["BENIGN"] * 20))


def test_class_whose_only_record_is_held_out_with_an_equal_one(make):
    rows = random_records(["BENIGN"] * 30)
    # Its hash puts the fourth record into another part than train.
    with pytest.raises(InputError, match="to train on there are .*Benign$"):
        make([*rows, [*rows[3][:-1], "Bot"]])


def test_too_few_records_for_three_parts(make):
    with pytest.raises(InputError, match="the part 'validation' gets none"):
        make([record("BENIGN"), record("Bot")])


def test_class_of_a_single_record_stays_as_it_is(make):
    report = make(random_records(["BENIGN"] * 900 + ["Bot"])).metadata["report"]
    assert report["smote_neighbors"]["Botnet ARES"] == 0
    assert report["classes"]["Botnet ARES"] == {
        "cleaned": 1,
        "train": {"real": 1, "synthetic": 0},
        "validation": {"real": 0, "synthetic": 0},
        "test": {"real": 0, "synthetic": 0},
    }


def test_file_name_that_is_not_utf8(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.csv")
    path.write_bytes(table(random_records(LABELS)))
    dataset = RecordDataset(
        [path], CLASS_OF_LABEL, FEATURES, KEPT, recipe="clean"
    )
    assert list(dataset.metadata["report"]["files"]) == [r"caf\xe9.csv"]
    files = {example["file"] for _, example in dataset.examples("test")}
    assert files == {r"caf\xe9.csv"}


def test_unknown_recipe(make):
    with pytest.raises(ValueError, match="`recipe` must be one of"):
        make(random_records(LABELS), recipe="strict")
