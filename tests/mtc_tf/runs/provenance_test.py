import pathlib

import pytest

from mtc_tf.errors import InputError
from mtc_tf.runs.model_facts import ModelFacts
from mtc_tf.runs.provenance import provenance
from mtc_tf.runs.run_directory import Run
from mtc_tf.runs.run_directory import load_run


def test_facts_of_a_run(trained_run):
    run = load_run(trained_run)
    facts = provenance(run)
    assert facts["dataset"] == {
        "name": "iscx_vpn_nonvpn",
        "config": "flow",
        "version": "2.0.1",
    }
    assert facts["training_seed"] == 0
    for fact in (
        "split",
        "split_seed",
        "recipe",
        "label_map",
        "digests",
        "versions",
    ):
        assert facts[fact] == run.info[fact]


def test_changes_of_the_rows_are_named_where_there_are_any(trained_run):
    run = load_run(trained_run)
    assert {"masks", "label_shuffle_seed"}.isdisjoint(provenance(run))
    changes = {"masks": ["ip.id"], "label_shuffle_seed": 0}
    changed = Run(run.path, {**run.info, **changes}, run.facts)
    assert provenance(changed).items() >= changes.items()


FACTS = ModelFacts({"application": ["Chat"]}, "strict")
INFO = {
    "dataset": {"name": "n", "config": "c", "version": "1", "data_dir": "d"},
    "split": "flow",
    "split_seed": 1,
    "recipe": "strict",
    "label_map": {"version": "v", "digest": "0a"},
    "digests": {"train": "01"},
    "protocol": {"seed": 2, "epochs": 3},
    "model": {
        "class": "MTC",
        "backbone": {"num_encoders": [1, 5, 6], "stem_strides": 1},
    },
    "parameters": 4,
    "versions": {"keras": "3"},
}


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ({}, "MTC, encoders 1,5,6"),
        ({"class": "FlowMLP"}, "FlowMLP"),
        ({"class": "DeepPacketCNN"}, "DeepPacketCNN"),
        ({"class": "DeepPacketCNN", "batch_norm": False}, "DeepPacketCNN"),
        ({"class": "DeepPacketCNN", "batch_norm": True}, "Multi-task 1D-CNN"),
        ({"class": "MultitaskCNN"}, "Multi-task 1D-CNN"),
        ({"class": "MTCLite", "members": 1}, "MTC-Lite"),
        ({"class": "MTCLite", "members": 4}, "MTC-Lite, 4 members"),
        ({"class": "MTCSeries", "members": 1}, "MTC-Series"),
        ({"class": "MTCSeries", "members": 2}, "MTC-Series, 2 members"),
        (
            {"backbone": {"num_encoders": [1], "stem_strides": 5}},
            "MTC-small, encoders 1, stem 5",
        ),
    ],
)
def test_name_of_the_model(model, name):
    info = {**INFO, "model": {**INFO["model"], **model}}
    run = Run(pathlib.Path("run"), info, FACTS)
    assert provenance(run)["model"] == name


@pytest.mark.parametrize(
    ("info", "message"),
    [
        ({}, "run/run.json lacks 'dataset'"),
        ({**INFO, "dataset": "flow"}, "run.json does not hold .* at 'dataset'"),
        ({**INFO, "split_seed": "1"}, "run.json .* at 'split_seed'"),
        ({**INFO, "protocol": {}}, "run.json lacks 'protocol.seed'"),
        ({**INFO, "model": {}}, "run.json lacks 'model.backbone'"),
        ({**INFO, "model": {"class": 1}}, "at 'model.class'"),
        ({**INFO, "model": {"class": "MTCLite"}}, "lacks 'model.members'"),
        (
            {**INFO, "model": {"class": "MTCLite", "members": "4"}},
            "at 'model.members'",
        ),
        ({**INFO, "digests": {"train": 1}}, "at 'digests.train'"),
        ({**INFO, "parameters": 1.5}, "at 'parameters'"),
    ],
)
def test_run_that_does_not_say(info, message):
    with pytest.raises(InputError, match=message):
        provenance(Run(pathlib.Path("run"), info, FACTS))
