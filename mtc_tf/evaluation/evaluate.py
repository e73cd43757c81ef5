"""A trained run on one part of its dataset."""

import numpy as np
import tqdm

from mtc_tf.data.flow_weights import flow_weights
from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import TRAIN
from mtc_tf.data.splits import VALIDATION
from mtc_tf.evaluation import comparison
from mtc_tf.evaluation.baselines.dataset_baselines import baseline_probabilities
from mtc_tf.evaluation.calibration import calibration
from mtc_tf.evaluation.chance import chance
from mtc_tf.evaluation.kept_answers import write_answers
from mtc_tf.evaluation.metrics import classification_metrics
from mtc_tf.evaluation.run_dataset import open_dataset
from mtc_tf.inference.keras_model import rows_function
from mtc_tf.inference.row_classifier import RowClassifier
from mtc_tf.runs.provenance import provenance
from mtc_tf.tasks import MISSING_LABEL


def evaluate(
    run,
    part,
    data_dir=None,
    *,
    baselines=baseline_probabilities,
    answers_file=None,
):
    """Evaluates every task of a run, beside shallow models.

    Args:
        run: `mtc_tf.runs.run_directory.Run`.
        part: str. `train`, `validation` or `test`.
        data_dir: str. Where the prepared dataset lies now; by default where
            it lay when the run was trained.
        baselines: callable as `baseline_probabilities`, what trains shallow
            models and lets them answer; None to leave them out. On the
            training part they are left out: they know it by heart.
        answers_file: `pathlib.Path`. Where to keep the answers of the model,
            as of `write_answers`; by default nowhere.

    Returns:
        dict that `json` can write: `part`, the entries of `provenance`, and
        `tasks`, with the entries of `classification_metrics` for each task.
        Where a row has a label also `figures` of the model; with flows
        `flows`, `groups` and `interval_over`; with baselines the entries of
        `comparison.compare`. `calibration`, where validation and this part
        have labels. Of a run that was trained on shuffled labels, `chance`.

    Raises:
        InputError: if run or dataset cannot be read, or if the dataset is
            not the one that the run was trained on.
    """
    facts = provenance(run)
    builder = open_dataset(run, facts, data_dir)
    classifier = RowClassifier(
        run.facts, rows_function(run.load_model())
    ).check(run.path)
    tasks = classifier.facts.tasks
    probabilities = predict_part(classifier, builder, part)
    rows = row_facts(builder, part, tasks)
    result = {
        task: classification_metrics(rows[task], probabilities[task], names)
        for task, names in tasks.items()
    }
    validation, known = rows, probabilities
    if part != PARTS[VALIDATION]:
        validation = row_facts(builder, PARTS[VALIDATION], tasks)
        known = predict_part(classifier, builder, PARTS[VALIDATION])
    shallow = {task: {} for task in tasks}
    if baselines and part != PARTS[TRAIN]:
        parts = dict.fromkeys([PARTS[VALIDATION], part])
        shallow = baselines(builder, tasks, parts)
    for task, answers in shallow.items():
        result[task] |= _compared(
            task, rows, probabilities[task], part, validation, answers
        )
        calibrated = calibration(
            _weighed(validation, task, known[task]),
            _weighed(rows, task, probabilities[task]),
        )
        if calibrated:
            result[task]["calibration"] = calibrated
        if "label_shuffle_seed" in facts and result[task]["rows"]:
            result[task]["chance"] = chance(result[task]["classes_evaluated"])
    if answers_file:
        write_answers(answers_file, rows, probabilities)
    return {"part": part, **facts, "tasks": result}


def _compared(task, rows, probabilities, part, validation, shallow):
    """The figures of a task by flow, and beside those of shallow models."""
    chosen_by = comparison.task_figures(
        validation,
        task,
        {name: parts[PARTS[VALIDATION]] for name, parts in shallow.items()},
    )
    answers = {comparison.MODEL: probabilities}
    if chosen_by:
        answers = comparison.with_average(
            probabilities,
            {name: parts[part] for name, parts in shallow.items()},
        )
    figures = comparison.task_figures(rows, task, answers)
    if not figures:
        return {}
    result = {"figures": figures[comparison.MODEL].as_json()}
    if "flow" in rows:
        is_labelled = rows[task] != MISSING_LABEL
        result |= {
            "flows": len(np.unique(rows["flow"][is_labelled])),
            "groups": len(np.unique(rows["group"][is_labelled])),
            "interval_over": rows["interval_over"],
        }
    if chosen_by:
        result |= comparison.compare(figures, chosen_by)
    return result


def _weighed(rows, task, probabilities):
    """The labelled rows: classes, probabilities, and what each counts."""
    is_labelled = rows[task] != MISSING_LABEL
    weights = np.ones(len(is_labelled))
    if "flow" in rows:
        weights = flow_weights(rows["flow"])
    return (
        rows[task][is_labelled],
        probabilities[is_labelled],
        weights[is_labelled],
    )


def predict_part(classifier, builder, part):
    """Reads a part once, and lets a model answer it.

    Args:
        classifier: `RowClassifier` of rows as the dataset holds them.
        builder: a builder from `open_dataset`.
        part: str. `train`, `validation` or `test`.

    Returns:
        dict of arrays `(rows, …)`, as of `RowClassifier.predict`.
    """
    from mtc_tf.data.input_pipeline import read_part

    answers = []
    batches = read_part(builder, part, (), classifier.batch_size)
    # None: on a terminal only.
    with tqdm.tqdm(unit=" rows", disable=None, leave=False) as progress:
        for inputs, _, _ in batches:
            [rows] = inputs.values()
            answers.append(classifier.predict(rows))
            progress.update(len(rows))
    return {
        name: np.concatenate([batch[name] for batch in answers])
        for name in answers[0]
    }


def row_facts(builder, part, tasks):
    """Reads what is known of the rows of a part beside what a model looks at.

    Args:
        builder: a builder from `open_dataset`.
        part: str. `train`, `validation` or `test`.
        tasks: iterable of str.

    Returns:
        dict of arrays `(rows,)` as of `comparison.task_figures`: the labels of
        the tasks; of rows that belong to flows also `flow`, `group`,
        `timestamp` and `unit`, and `interval_over`, the name of what the unit
        is.
    """
    from mtc_tf.data.input_pipeline import read_columns

    if "flow" not in builder.info.features:
        return read_columns(builder, part, tasks)
    names = [*tasks, "flow", "group", "timestamp"]
    columns = read_columns(builder, part, names)
    # Flows of one group are alike: where groups are kept apart, other flows
    # come as other groups.
    by_group = builder.info.metadata["split"] == "capture"
    over = "group" if by_group else "flow"
    return {**columns, "unit": columns[over], "interval_over": over}
