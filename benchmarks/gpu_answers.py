"""What trained runs answer on the test part, computed under JAX."""

import jax
import keras
import numpy as np

from mtc_tf.evaluation.metrics import classification_metrics
from mtc_tf.runs.run_directory import MODEL_FILE
from mtc_tf.runs.run_directory import load_run
from mtc_tf.training.flow_weighted_f1 import fw16

_BATCH_ROWS = 512


def figures_of(trained):
    """Evaluates runs of one model on the test part of their dataset.

    Args:
        trained: list of pairs as `mtc_tf.commands.train_jax.run` returns.

    Yields:
        dict that `json` can write, one for each run that has an epoch, and
        one, `seed` "all", for the mean of their probabilities where there are
        several of one dataset.
    """
    trained = [pair for pair in trained if pair[1]]
    if not trained:
        return
    # Whatever it was trained in, it answers in float32, as elsewhere.
    keras.config.set_dtype_policy("float32")
    model = load_run(trained[0][0].workdir).load_model()
    predict = jax.jit(
        lambda trainable, fixed, inputs: model.stateless_call(
            trainable, fixed, inputs, training=False
        )[0]
    )
    means = []
    for training, history in trained:
        model.load_weights(training.workdir / MODEL_FILE)
        probabilities = _probabilities(model, predict, training)
        means.append(probabilities)
        best = training.protocol.best_epoch(history)
        yield {
            "dataset": "{name}/{config}".format(**training.source.dataset),
            "seed": training.protocol.seed,
            "epochs": len(history),
            "best_epoch": best + 1,
            "validation": history[best],
            "test": _figures(training, probabilities),
        }
    if len(means) > 1:
        mean = {
            task: np.mean([answer[task] for answer in means], axis=0)
            for task in means[0]
        }
        yield {
            "dataset": "{name}/{config}".format(**trained[0][0].source.dataset),
            "seed": "all",
            "networks": len(means),
            "test": _figures(trained[0][0], mean),
        }


def _probabilities(model, predict, training):
    """The probabilities of each task for each row of the test part."""
    source = training.source
    count = source.rows_of("test", training.protocol.fraction)
    rows = source.first_rows("test", count)
    weights = [
        [variable.value for variable in variables]
        for variables in (
            model.trainable_variables,
            model.non_trainable_variables,
        )
    ]
    answers = []
    for start in range(0, count, _BATCH_ROWS):
        batch = rows[start : start + _BATCH_ROWS]
        missing = [(0, 0)] * rows.ndim
        missing[0] = (0, _BATCH_ROWS - len(batch))
        inputs = {source.kind.name: np.pad(batch, missing)}
        answer = predict(*weights, inputs)
        answers.append(
            {task: np.asarray(x)[: len(batch)] for task, x in answer.items()}
        )
    return {
        task: np.concatenate([answer[task] for answer in answers])
        for task in answers[0]
    }


def _figures(training, probabilities):
    """Accuracy and averages of F1 of each task."""
    source = training.source
    names = [*probabilities, *(["flow"] if source.has("flow") else [])]
    columns = source.columns("test", names, training.protocol.fraction)
    figures = {}
    for task, of_task in probabilities.items():
        result = classification_metrics(
            columns[task], of_task, source.metadata["classes"][task]
        )
        if result["rows"]:
            figures[f"{task}_accuracy"] = result["accuracy"]
            figures[f"{task}_macro_f1"] = result["macro"]["f1"]
            figures[f"{task}_weighted_f1"] = result["weighted"]["f1"]
    if source.has("flow"):
        labels = {task: columns[task] for task in probabilities}
        answers = {
            task: of_task.argmax(-1) for task, of_task in probabilities.items()
        }
        figures |= fw16(labels, answers, columns["flow"])
    return figures
