"""A trained run and a forest, on inputs of which parts are taken away."""

import numpy as np
import tqdm

from mtc_tf.evaluation import comparison
from mtc_tf.evaluation.ablation.ablations import ABLATIONS
from mtc_tf.evaluation.ablation.ablations import RANDOMISED
from mtc_tf.evaluation.ablation.ablations import ZEROED
from mtc_tf.evaluation.ablation.ablations import Packets
from mtc_tf.evaluation.ablation.part_inputs import changed_rows
from mtc_tf.evaluation.ablation.part_inputs import packets_of
from mtc_tf.evaluation.ablation.part_inputs import read_inputs
from mtc_tf.evaluation.ablation.part_inputs import with_packets
from mtc_tf.evaluation.baselines import dataset_baselines
from mtc_tf.evaluation.baselines import shallow_models
from mtc_tf.evaluation.evaluate import row_facts
from mtc_tf.evaluation.run_dataset import open_dataset
from mtc_tf.inference.keras_model import rows_function
from mtc_tf.inference.row_classifier import RowClassifier
from mtc_tf.runs.provenance import provenance
from mtc_tf.tasks import MISSING_LABEL

PART = "test"
FIGURES = ("macro_f1", "fw16")
FOREST = "forest"


def ablate(run, data_dir=None, seed=0):
    """Takes parts of the test rows away and asks run and forest again.

    Neither is trained anew: the figures say what these models rest on, not
    what could be learned without a part.

    Args:
        run: `mtc_tf.runs.run_directory.Run` of a model of packets or flows.
        data_dir: str. Where the prepared dataset lies now; by default where
            it lay when the run was trained.
        seed: int. Decides which packet gets bytes of which other one.

    Returns:
        dict that `json` can write: `part`, `seed`, the entries of
        `provenance`, and `tasks`, with `flows`, `groups`, `interval_over` and
        `models` for each that has labelled rows: the entries of
        `ablated_figures`, of the model and of the forest.

    Raises:
        InputError: as of `mtc_tf.evaluation.evaluate.evaluate`.
    """
    facts = provenance(run)
    builder = open_dataset(run, facts, data_dir)
    classifier = RowClassifier(
        run.facts, rows_function(run.load_model())
    ).check(run.path)
    tasks = classifier.facts.tasks
    kind = classifier.facts.kind.name
    answered = answers_to_all(
        read_inputs(builder, PART),
        {
            comparison.MODEL: lambda inputs: classifier.predict(inputs[kind]),
            FOREST: _forest(builder, kind, tasks),
        },
        seed,
    )
    columns = row_facts(builder, PART, tasks)
    return {
        "part": PART,
        "seed": seed,
        **facts,
        "tasks": {
            task: found
            for task in tasks
            if (found := ablated_figures(columns, task, answered))
        },
    }


def _forest(builder, kind, tasks):
    """Trains a forest for each task; returns what lets them answer."""
    table_of, estimator = shallow_models.BASELINES[kind][FOREST]
    train, labels, power = dataset_baselines.training_rows(builder, tasks)
    table = table_of(train)
    forests = {
        task: shallow_models.fit_baseline(estimator, table, labels[task], power)
        for task in tasks
    }

    def answer(inputs):
        table = table_of(inputs)
        return {
            task: shallow_models.probabilities_of(
                forest, table, len(tasks[task])
            )
            for task, forest in forests.items()
            # None: training has no two classes.
            if forest is not None
        }

    return answer


def answers_to_all(inputs, models, seed=0):
    """Lets models answer inputs, whole and without parts.

    Args:
        inputs: dict of arrays `(rows, …)`, as of `read_inputs`.
        models: dict from name to a function of such a dict, which gives a dict
            from task to float array `(rows, classes)`.
        seed: int. As of `Packets`.

    Returns:
        list of dicts, the first one of the whole input: `input`, the `masks`,
        `how`, the share of rows that are `changed`, and `answers`, dict from
        the name of a model to what it gives.
    """
    whole = {name: model(inputs) for name, model in models.items()}
    result = [
        {
            "input": "whole",
            "masks": [],
            "how": "",
            "changed": 0.0,
            "answers": whole,
        }
    ]
    packets = Packets(*packets_of(inputs), seed)
    steps = [(one, how) for one in ABLATIONS for how in (ZEROED, RANDOMISED)]
    # None: on a terminal only.
    for one, how in tqdm.tqdm(steps, unit=" inputs", disable=None, leave=False):
        others = with_packets(inputs, *packets.without(one, how))
        is_changed = changed_rows(inputs, others)
        answers = whole
        if is_changed.any():
            others = {key: rows[is_changed] for key, rows in others.items()}
            answers = {
                name: _with_rows(whole[name], is_changed, model(others))
                for name, model in models.items()
            }
        result.append(
            {
                "input": one.name,
                "masks": list(one.masks),
                "how": how,
                "changed": float(is_changed.mean()),
                "answers": answers,
            }
        )
    return result


def _with_rows(answers, places, others):
    """Answers of which some rows are replaced."""
    result = {task: values.copy() for task, values in answers.items()}
    for task, values in others.items():
        result[task][places] = values
    return result


def ablated_figures(columns, task, answered):
    """Computes the figures of a task with and without parts of the input.

    Args:
        columns: dict of arrays `(rows,)`, of `row_facts`.
        task: str.
        answered: list of dicts, of `answers_to_all`.

    Returns:
        dict of `flows`, `groups`, `interval_over` and `models`: from the name
        of each model to a list as `answered`, with the figures `macro_f1` and
        `fw16` in the place of the answers. Each has `value`, `difference` to
        the whole input, and the `interval` of that on the same resamples; of
        the whole input, the interval of the value and no difference. Empty if
        no row has a label.
    """
    is_labelled = columns[task] != MISSING_LABEL
    if not is_labelled.any():
        return {}
    models = {}
    for name, answers in answered[0]["answers"].items():
        if task not in answers:
            continue
        rows, whole = [], None
        for step in answered:
            figures = whole
            if whole is None or step["changed"]:
                values = {name: step["answers"][name][task]}
                figures = comparison.task_figures(columns, task, values)[name]
            rows.append(_row(step, figures, whole))
            whole = whole or figures
        models[name] = rows
    return {
        "flows": len(np.unique(columns["flow"][is_labelled])),
        "groups": len(np.unique(columns["group"][is_labelled])),
        "interval_over": columns["interval_over"],
        "models": models,
    }


def _row(step, figures, whole):
    row = {key: value for key, value in step.items() if key != "answers"}
    values = figures.as_json()
    for figure in FIGURES:
        row[figure] = values[figure] | {"difference": None}
        if whole is not None:
            row[figure] |= figures.better_than(whole, figure)
    return row
