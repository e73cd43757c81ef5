"""The figures of a task, first of all, on a page."""

from mtc_tf.evaluation.baselines.shallow_models import MAJORITY
from mtc_tf.evaluation.chance import chance_sentence
from mtc_tf.evaluation.comparison import AVERAGED
from mtc_tf.evaluation.comparison import MODEL
from mtc_tf.evaluation.comparison_text import FIGURES
from mtc_tf.evaluation.comparison_text import comparison_sentences
from mtc_tf.evaluation.page.parts import Estimate
from mtc_tf.evaluation.page.parts import Section
from mtc_tf.evaluation.page.parts import Table
from mtc_tf.evaluation.page.parts import task_title


def headlines(task, runs):
    """Shows the figures of a task, what stands beside them, and who wins.

    Args:
        task: str.
        runs: list of `EvaluatedRun` and their figures of the task.

    Returns:
        `Section`. Of several runs it shows the majority class and the best
        shallow model of each.
    """
    rows, sentences = [], []
    is_alone = len(runs) == 1
    for run, figures in runs:
        who = {} if is_alone else {"run": run.label}
        chance = chance_sentence(figures)
        if chance:
            sentences.append(f"{MODEL if is_alone else run.label}: {chance}.")
        rows += [
            {**who, "model": name, **_figures(values)}
            for name, values in _models(figures, whole=is_alone).items()
        ]
        if "best_baseline" in figures:
            found = comparison_sentences(figures)
            if is_alone:
                sentences += [f"{text}." for text in found]
            else:
                # The headline figure alone.
                sentences.append(f"{run.label}: {found[0]}.")
    columns = dict.fromkeys(name for row in rows for name in row)
    table = Table(
        f"{task}_figures",
        f"{_rows_text(runs)} For the log loss lower is better.",
        [dict.fromkeys(columns) | row for row in rows],
    )
    return Section(task_title(task), sentences, [table])


def _models(figures, whole):
    """The figures of a run's model, and of what stands beside it.

    Where it is not the whole, of the shallow models the bar and the best.
    """
    models = {MODEL: figures.get("figures") or _macro_f1(figures)}
    for name, values in figures.get("baselines", {}).items():
        is_best = figures["best_baseline"] == name
        if whole or is_best or name == MAJORITY:
            mark = " (best on validation)" if is_best else ""
            models[f"{name}{mark}"] = values
    if "averaged" in figures:
        models[AVERAGED] = figures["averaged"]
    return models


def best(runs):
    """Gives the figures of runs and of the best that stands beside each.

    Args:
        runs: list of `EvaluatedRun` and their figures of a task.

    Returns:
        dict from a label to a dict of figures.
    """
    return {
        name if len(runs) == 1 else f"{run.label}: {name}": values
        for run, figures in runs
        for name, values in _models(figures, whole=False).items()
    }


def _macro_f1(figures):
    return {"macro_f1": {"value": figures["macro"]["f1"]}}


def _rows_text(runs):
    """How many rows and flows the figures rest on."""
    texts = []
    for _, figures in runs:
        text = f"{figures['rows']:,} rows"
        if "flows" in figures:
            text += f" of {figures['flows']:,} flows"
            if figures["interval_over"] == "group":
                text += f" in {figures['groups']:,} groups"
            text += (
                "; in brackets 95 % intervals by drawing the "
                f"{figures['interval_over']}s anew"
            )
        texts.append(text)
    return f"{' / '.join(dict.fromkeys(texts))}."


def _figures(figures):
    return {
        title: Estimate(figures[name]["value"], figures[name].get("interval"))
        for name, title in FIGURES.items()
        if name in figures
    }
