"""The figures of a bench, a table for each dataset and task."""

import statistics
from typing import NotRequired

from typing_extensions import TypedDict

from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import Object
from mtc_tf.files.text_table import text_table
from mtc_tf.runs.run_directory import load_metrics

_FIGURES = ("macro_f1", "fw16", "vote_10", "vote", "log_loss")
_AVERAGED = "{} and trees"
_BESIDE = {
    "against_best_baseline": "best baseline",
    "averaged_against_trees": "trees averaged",
}


class _Figure(TypedDict):
    value: float


class _Difference(TypedDict):
    difference: float
    interval: List[float] | None


class _Task(TypedDict):
    figures: Object[_Figure]
    baselines: Object[Object[_Figure | float]]
    best_baseline: str
    against_best_baseline: Object[_Difference]
    averaged: Object[_Figure]
    averaged_against_trees: Object[_Difference]


class BenchResult(TypedDict):
    """What of `metrics.json` stands in a table."""

    tasks: Object[_Task]
    masks: NotRequired[List[str]]
    label_shuffle_seed: NotRequired[int]


def bench_text(bench, runs):
    """Writes a table for each dataset and task.

    The figures of a model are means over its runs, with the standard
    deviation; `against` says beside what the differences stand, and `> = <` on
    how many runs the paired interval lies above zero, holds zero, lies below.

    Args:
        bench: list of `BenchRun`, all of which have been evaluated.
        runs: `pathlib.Path` of the folder of run directories.

    Returns:
        str of many lines.

    Raises:
        InputError: if a run has no figures, or none of baselines.
    """
    texts = []
    for dataset in dict.fromkeys(run.dataset for run in bench):
        results, seeds = {}, {}
        for run in bench:
            if run.dataset == dataset:
                result = load_metrics(run.workdir(runs), BenchResult)
                results.setdefault(run.model, []).append(result)
                seeds.setdefault(run.split_seed, None)
        tasks = dict.fromkeys(
            task
            for of_model in results.values()
            for result in of_model
            for task in result["tasks"]
        )
        listed = ", ".join(map(str, seeds))
        texts.append(f"{dataset}, split seeds {listed}")
        texts += [f"{task}\n{bench_table(results, task)}" for task in tasks]
    return "\n\n".join(texts)


def bench_table(results, task):
    """Writes the table of one task.

    Args:
        results: dict from the name of a model to the list of its
            `BenchResult`s.
        task: str.

    Returns:
        str: a line for each baseline, then two for each model with this task,
        by itself and averaged with the trees. The baselines of a model that
        was trained on masked rows or shuffled labels are others, on the same
        rows and labels: the best one of each run stands above the model.
    """
    with_task = {
        name: [run["tasks"][task] for run in runs if task in run["tasks"]]
        for name, runs in results.items()
    }
    with_task = {name: tasks for name, tasks in with_task.items() if tasks}
    changed = {name for name in with_task if _is_changed(results[name])}
    rows = []
    every = [
        one
        for name, tasks in with_task.items()
        for one in tasks
        if name not in changed
    ]
    for name in dict.fromkeys(x for one in every for x in one["baselines"]):
        # Once a split: they do not depend on the run.
        own = {
            str(one["baselines"][name]): one["baselines"][name]
            for one in every
            if name in one["baselines"]
        }
        rows.append({"": name, **_means(list(own.values()))})
    for name, tasks in with_task.items():
        if name in changed:
            best = [one["baselines"][one["best_baseline"]] for one in tasks]
            rows.append({"": f"{name}: best baseline", **_means(best)})
        for label, figures, against in (
            (name, "figures", "against_best_baseline"),
            (_AVERAGED.format(name), "averaged", "averaged_against_trees"),
        ):
            rows.append(
                {
                    "": label,
                    **_means([one[figures] for one in tasks]),
                    "against": _BESIDE[against],
                    **_differences([one[against] for one in tasks]),
                }
            )
    columns = dict.fromkeys(name for row in rows for name in row)
    return text_table(
        [dict.fromkeys(columns, "") | row for row in rows],
        left=("", "against"),
    )


def _is_changed(runs):
    """Whether runs of one row were trained on other rows than are stored."""
    return any("masks" in run or "label_shuffle_seed" in run for run in runs)


def _means(figures):
    """Mean and spread of each figure over runs or splits."""
    texts = {"runs": str(len(figures))}
    for name in _FIGURES:
        values = [one[name]["value"] for one in figures if name in one]
        if values:
            texts[name] = f"{statistics.mean(values):.3f}"
        if len(values) > 1:
            texts[name] += f" ± {statistics.stdev(values):.3f}"
    return texts


def _differences(comparisons):
    """The mean difference of what is compared, and how certain it is."""
    texts = {}
    for name in dict.fromkeys(name for one in comparisons for name in one):
        ours = [one[name] for one in comparisons]
        mean = statistics.mean(one["difference"] for one in ours)
        texts[f"Δ {name}"] = f"{mean:+.3f}"
        if all(one["interval"] for one in ours):
            above = sum(one["interval"][0] > 0 for one in ours)
            below = sum(one["interval"][1] < 0 for one in ours)
            held = len(ours) - above - below
            texts[f"> = < ({name})"] = f"{above} {held} {below}"
    return texts
