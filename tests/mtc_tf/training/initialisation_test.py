"""Which weights a model takes over, and from which models."""

import types

import keras
import numpy as np
import pytest
from small_models import small_model

from mtc_tf.errors import InputError
from mtc_tf.runs.initial_model import InitialModel
from mtc_tf.runs.model_facts import ModelFacts
from mtc_tf.tasks import MODEL_INPUTS
from mtc_tf.training.initialisation import initialise
from mtc_tf.training.initialisation import report

OLD = {"application": ["Tor", "Chat"], "traffic_type": ["a", "b", "c"]}
# As many applications, but others; a task more.
NEW = {
    "application": ["Chat", "Tor"],
    "traffic_type": ["a", "b", "c"],
    "auxiliary": ["x"],
}
FACTS = ModelFacts(OLD, "strict")


def _model(name, tasks, seed, **arguments):
    keras.utils.set_random_seed(seed)
    counts = {task: len(names) for task, names in tasks.items()}
    return small_model(name, counts, **arguments)


def _source(**metadata):
    return types.SimpleNamespace(
        name="lab/flow",
        kind=MODEL_INPUTS["packet"],
        dataset={"name": "lab"},
        metadata={"recipe": "strict", "digests": {"train": "1"}, **metadata},
    )


def _initial(model, folder, facts=FACTS):
    model.save(folder / "model.keras")
    return InitialModel("RUN", folder / "model.keras", facts)


def _refused(tmp_path, message, new=None, facts=FACTS, **metadata):
    old = _model("MTCLite", OLD, seed=0)
    new = new or _model("MTCLite", NEW, seed=1)
    initial = _initial(old, tmp_path, facts)
    with pytest.raises(InputError, match=message) as caught:
        initialise(new, _source(**metadata), NEW, initial)
    assert len(str(caught.value).splitlines()) == 1


def _same(layer, other):
    pairs = zip(layer.get_weights(), other.get_weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("MTC", {}),
        ("MTCLite", {}),
        ("MTCLite", {"members": 2}),
        ("DeepPacketCNN", {"batch_norm": True}),
        ("DeepPacketSAE", {}),
        ("MultitaskTransformer", {}),
    ],
)
def test_all_but_heads_of_other_classes(name, arguments, tmp_path):
    old = _model(name, OLD, seed=0, **arguments)
    if hasattr(old, "adapt"):
        rows = np.random.default_rng(0).integers(0, 256, (9, 64), np.uint8)
        old.adapt(rows)
    # What is dropped has nothing to do with the weights.
    new = _model(name, NEW, seed=1, dropout=0.3, **arguments)
    before = {layer.name: layer.get_weights() for layer in new.layers}
    assert initialise(new, _source(), NEW, _initial(old, tmp_path)) == [
        "application",
        "auxiliary",
    ]
    for layer in new.layers:
        if layer.name.endswith(("application", "auxiliary")):
            for received, expected in zip(
                layer.get_weights(), before[layer.name], strict=True
            ):
                np.testing.assert_array_equal(received, expected)
        elif layer.weights:
            assert _same(layer, old.get_layer(layer.name)), layer.name
    # It was among them.
    head = "member2_traffic_type" if "members" in arguments else "traffic_type"
    assert new.get_layer(head).weights


def test_all_heads_of_the_same_classes(tmp_path):
    old = _model("MTCLite", OLD, seed=0)
    new = _model("MTCLite", OLD, seed=1)
    assert initialise(new, _source(), OLD, _initial(old, tmp_path)) == []
    rows = np.random.default_rng(0).integers(0, 256, (5, 64), np.uint8)
    rows = {"packet": rows}
    expected, received = (x.predict_on_batch(rows) for x in (old, new))
    for task in OLD:
        np.testing.assert_array_equal(received[task], expected[task])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("MTC", {}, "class 'MTCLite', not 'MTC'"),
        ("MTCLite", {"members": 2}, "members 1, not 2"),
        ("MTCLite", {"hidden_dim": 16}, "hidden_dim 8, not 16"),
        (
            "MTCLite",
            {"branches": ["cnn"]},
            r"branches \['transformer', 'cnn'\], not \['cnn'\]",
        ),
    ],
)
def test_another_model(name, arguments, message, tmp_path):
    new = _model(name, NEW, seed=1, **arguments)
    _refused(tmp_path, f"--init=RUN is another model .*: {message}", new)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"recipe": "paper"}, "recipe expected 'strict', received 'paper'"),
        ({"masks": ["ip.ttl"]}, r"masks expected \[\], received \['ip.ttl'\]"),
    ],
)
def test_other_rows(metadata, message, tmp_path):
    _refused(tmp_path, f"other rows than lab/flow holds: {message}", **metadata)


def test_another_input(tmp_path):
    facts = ModelFacts(OLD, "strict", packets_per_flow=10)
    _refused(
        tmp_path, "input expected 'series', received 'packet'", facts=facts
    )


def test_order_of_masks_does_not_matter(tmp_path):
    old = _model("MTCLite", OLD, seed=0)
    facts = ModelFacts(OLD, "strict", masks=("tcp.seq", "ip.ttl"))
    source = _source(masks=["ip.ttl", "tcp.seq"])
    initial = _initial(old, tmp_path, facts)
    new = _model("MTCLite", OLD, seed=1)
    assert initialise(new, source, OLD, initial) == []


def test_description_of_another_model(tmp_path):
    facts = ModelFacts({"application": ["Tor"]}, "strict")
    _refused(tmp_path, "is not the model that is described", facts=facts)


def test_damaged_weights(tmp_path):
    (tmp_path / "model.keras").write_bytes(b"no")
    initial = InitialModel("RUN", tmp_path / "model.keras", FACTS)
    with pytest.raises(InputError, match="model.keras cannot be loaded"):
        initialise(_model("MTCLite", NEW, 1), _source(), NEW, initial)


@pytest.mark.parametrize(
    ("dataset", "digests", "notes"),
    [
        ("lab", {"train": "2"}, 1),
        ("lab", {"train": "1"}, 0),
        ("iscx", {"train": "2"}, 0),
    ],
)
def test_rows_that_may_have_been_seen_are_told(
    dataset, digests, notes, tmp_path, capsys
):
    initial = InitialModel("RUN", tmp_path, FACTS, dataset, digests)
    report(initial, _source(), ["application"])
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == "begins with the weights of RUN; new heads: application"
    assert len(rest) == notes
    assert all("RUN was trained on other parts of lab" in x for x in rest)


def test_no_new_head_is_told(tmp_path, capsys):
    report(InitialModel("RUN", tmp_path, FACTS), _source(), [])
    assert capsys.readouterr().out.endswith("RUN; no head is new\n")
