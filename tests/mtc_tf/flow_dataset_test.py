import numpy as np
import pytest
from small_flow_tables import CLASS_OF_LABEL
from small_flow_tables import FEATURES
from small_flow_tables import KEPT
from small_flow_tables import flow
from small_flow_tables import random_flows
from small_flow_tables import table

from mtc_tf import flow_dataset
from mtc_tf.errors import InputError
from mtc_tf.flow_dataset import FlowDataset
from mtc_tf.splits import PARTS

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
        return FlowDataset(
            paths, CLASS_OF_LABEL, FEATURES, chosen, recipe=recipe, **arguments
        )

    return make


def _examples(dataset):
    return {part: list(dataset.examples(part)) for part in PARTS}


def _is_synthetic(example):
    return example["line"] == 0


def test_every_flow_is_in_one_part(make):
    parts = _examples(make(random_flows(LABELS)))
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
    rows = random_flows(LABELS)
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
    dataset = make(random_flows(LABELS))
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


def test_paper_has_synthetic_flows_in_its_test_part(make):
    parts = _examples(make(random_flows(LABELS * 4), recipe="paper"))
    for examples in parts.values():
        assert any(_is_synthetic(example) for _, example in examples)


def test_nothing_that_is_fitted_sees_the_test_part_in_clean(make, monkeypatch):
    seen = {"fit_scaler": [], "balance_flows": [], "filter_features": []}

    def watch(module, name):
        original = getattr(module, name)

        def watched(rows, *args, **kwargs):
            seen[name].append(np.array(rows))
            return original(rows, *args, **kwargs)

        monkeypatch.setattr(module, name, watched)

    watch(flow_dataset, "fit_scaler")
    watch(flow_dataset, "balance_flows")
    watch(flow_dataset.tabular, "filter_features")
    rows = random_flows(LABELS)
    # Makes each flow known by a feature that is kept.
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
    [scaled] = seen["balance_flows"]
    trained = set(values[:, number].astype(int))
    assert trained == set(
        raw[:, dataset.features.index("Active Mean")].astype(int)
    )
    assert len(trained) == len(scaled) == len(raw)
    assert not trained & held_out
    # All that were not held out, apart from those of the removed class.
    kept = {i for i, row in enumerate(rows) if row[-1] != "Infiltration"}
    assert trained | held_out == kept


def test_scaler_of_paper_sees_every_flow(make):
    rows = random_flows(LABELS)
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
    rows = random_flows(LABELS)
    one = make(rows).metadata["digests"]
    assert make(rows[:50], rows[:49:-1]).metadata["digests"] == one
    assert make(rows, seed=1).metadata["digests"] != one


def test_sample_holds_flows_as_they_stood_in_the_file(make):
    rows = random_flows(LABELS)
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
    dataset = make(random_flows(LABELS), without=["Destination Port"])
    assert dataset.features == KEPT[1:]
    assert len(dataset.metadata["scaler"]["quantiles"]) == 48
    [(_, example), *_] = dataset.examples("train")
    assert example["features"].shape == (48,)


def test_one_class_is_none_to_learn(make):
    with pytest.raises(InputError, match="20 flows, of Benign"):
        make(random_flows(["BENIGN"] * 20))


def test_too_few_flows_for_three_parts(make):
    with pytest.raises(InputError, match="the part 'validation' gets none"):
        make([flow("BENIGN"), flow("Bot")])


def test_class_of_a_single_flow_stays_as_it_is(make):
    report = make(random_flows(["BENIGN"] * 900 + ["Bot"])).metadata["report"]
    assert report["smote_neighbors"]["Botnet ARES"] == 0
    assert report["classes"]["Botnet ARES"] == {
        "cleaned": 1,
        "train": {"real": 1, "synthetic": 0},
        "validation": {"real": 0, "synthetic": 0},
        "test": {"real": 0, "synthetic": 0},
    }


def test_unknown_recipe(make):
    with pytest.raises(ValueError, match="`recipe` must be one of"):
        make(random_flows(LABELS), recipe="strict")
