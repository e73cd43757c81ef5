import dataclasses

from mtc_tf.evaluation.page.ablated_inputs import ablated_inputs
from mtc_tf.evaluation.page.parts import Estimate


@dataclasses.dataclass(frozen=True)
class _Run:
    label: str
    ablation: dict


def _step(name, how, value, difference):
    figure = {"value": value, "difference": difference, "interval": [-0.5, 0.5]}
    return {
        "input": name,
        "how": how,
        "changed": 0.25,
        "macro_f1": figure,
        "fw16": figure,
    }


STEPS = [_step("whole", "", 0.5, None), _step("ip.ttl", "zeroed", 0.25, -0.25)]
MODELS = {"the model": STEPS, "forest": STEPS}
ABLATED = {
    "part": "test",
    "seed": 0,
    "tasks": {"auxiliary": {"models": MODELS}},
}


def test_interval_is_of_the_whole_and_of_differences():
    [table] = ablated_inputs([_Run("MTC", ABLATED)]).parts
    assert (table.name, table.caption) == ("auxiliary_ablation", "Auxiliary")
    whole, ttl, forest, _ = table.rows
    assert whole["fw16"] == Estimate(0.5, [-0.5, 0.5])
    assert whole["fw16 less whole"] is None
    assert ttl == {
        "model": "the model",
        "input": "ip.ttl",
        "how": "zeroed",
        "rows changed": Estimate(0.25),
        "macro F1": Estimate(0.25),
        "macro F1 less whole": Estimate(-0.25, [-0.5, 0.5]),
        "fw16": Estimate(0.25),
        "fw16 less whole": Estimate(-0.25, [-0.5, 0.5]),
    }
    assert forest["model"] == "forest"


def test_runs_have_tables_of_their_own():
    runs = [_Run("A", {}), _Run("B", ABLATED)]
    [table] = ablated_inputs(runs).parts
    assert (table.name, table.caption) == (
        "auxiliary_ablation_1",
        "Auxiliary, B",
    )


def test_runs_that_were_not_ablated():
    assert ablated_inputs([_Run("A", {})]) is None
