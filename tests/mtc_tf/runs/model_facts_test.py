import csv

import numpy as np
import pytest
from small_record_tables import FEATURES
from small_record_tables import FOLDER

from mtc_tf.errors import InputError
from mtc_tf.runs.model_facts import ModelFacts
from mtc_tf.runs.model_facts import argument_name
from mtc_tf.runs.model_facts import parse_model_facts


def test_arguments_of_packets():
    rows = np.zeros((2, 1500), np.uint8)
    [(name, values)] = ModelFacts({}, "strict").arguments(rows).items()
    assert (name, values is rows) == ("packets", True)


def test_arguments_of_flows():
    facts = ModelFacts({}, "clean", features=("Flow Bytes/s", "Idle Max"))
    arguments = facts.arguments(np.array([[1, 2], [3, 4]]))
    assert {name: x.tolist() for name, x in arguments.items()} == {
        "flow_bytes_s": [1, 3],
        "idle_max": [2, 4],
    }


def test_arguments_of_windows():
    content = {
        "tasks": {"a": ["b"]},
        "recipe": "strict",
        "packets_per_flow": 10,
    }
    facts = parse_model_facts(content, "run.json")
    assert facts.row_shape == (10, 68)
    assert facts.kind.name == "series"
    rows = np.zeros((2, 10, 68), np.float32)
    [(name, values)] = facts.arguments(rows).items()
    assert (name, values is rows) == ("series", True)


def test_every_feature_has_a_name_of_its_own():
    names = {argument_name(feature) for feature in FEATURES}
    assert len(names) == len(FEATURES) == 77
    assert all(name.isidentifier() for name in names)


def test_facts_of_flows():
    content = {
        "tasks": {"attack": ["a", "b"]},
        "recipe": "clean",
        "features": ["x"],
    }
    assert parse_model_facts(content, "run.json") == ModelFacts(
        {"attack": ["a", "b"]}, "clean", features=("x",)
    )


def test_features_in_the_folder_of_the_dataset():
    with (FOLDER / "features.csv").open(newline="") as file:
        roles = [row["role"] for row in csv.DictReader(file)]
    assert {role: roles.count(role) for role in roles} == {
        "kept": 49,
        "constant": 10,
        "correlated": 18,
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"recipe": "new"}, "does not know: recipe 'new', masks"),
        ({"masks": ["mine"]}, r"does not know: recipe 'strict', masks \['mine"),
        ({"tasks": {}}, "x.json does not describe a model: .*, received {}"),
        ({"tasks": {"a": []}}, r"expected classes .*, received {'a': \[\]}"),
        ({"features": ["A b", "a-b"]}, "received 'a-b' beside 'A b'"),
        ({"packets_per_flow": 65}, "at most 64 packets of a flow, .* 65"),
        ({"packets_per_flow": -1}, "at most 64 packets of a flow, .* -1"),
        ({"features": ["?"]}, "names of their own, received '.' beside ''"),
    ],
)
def test_facts_of_no_model(change, message):
    content = {"tasks": {"a": ["b"]}, "recipe": "strict", **change}
    with pytest.raises(InputError, match=message):
        parse_model_facts(content, "x.json")


def test_format_of_a_later_version():
    content = {"tasks": {"application": ["A", "B"]}, "recipe": "strict"}
    assert parse_model_facts({**content, "format": 1}, "mtc.json")
    message = (
        "mtc.json is of a later version .* expected the format 1, received 2"
    )
    with pytest.raises(InputError, match=message):
        parse_model_facts({**content, "format": 2}, "mtc.json")
