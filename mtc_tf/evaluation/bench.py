"""A bench: models on several splits and training seeds, and one table of them.

A file lists the rows, `name,dataset,split_seeds,seeds,flags`:

    name,dataset,split_seeds,seeds,flags
    Lite,iscx_vpn_nonvpn/flow,1 2 3,0 1,--flagfile=configs/iscx/lite.flags

A recipe that was chosen on the validation part of one split seed is confirmed
on others.
"""

import csv
import dataclasses
import pathlib
import shlex
import statistics

from typing_extensions import TypedDict

from mtc_tf.errors import InputError
from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import Object
from mtc_tf.files.text_table import text_table
from mtc_tf.runs.run_directory import load_metrics

_COLUMNS = ("name", "dataset", "split_seeds", "seeds", "flags")
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


@dataclasses.dataclass(frozen=True)
class BenchRun:
    """One training.

    Args:
        model: str. The name of the row.
        dataset: str. NAME/CONFIG of the prepared dataset, of split seed 0.
        split_seed: int.
        seed: int. Of the training.
        flags: tuple of str. For `mtc train`.
    """

    model: str
    dataset: str
    split_seed: int
    seed: int
    flags: tuple

    @property
    def prepared(self):
        """NAME/CONFIG of the prepared dataset of this split seed."""
        return self.dataset + (
            f"_seed{self.split_seed}" if self.split_seed else ""
        )

    def workdir(self, runs):
        """Returns the run directory below the folder of all."""
        folder = runs / self.prepared.replace("/", "-")
        return folder / self.model / str(self.seed)


def read_bench(path):
    """Reads the file of a bench.

    Args:
        path: str or path. CSV with the columns above; seeds are separated by
            spaces.

    Returns:
        list of `BenchRun`, those of one prepared dataset in a row.

    Raises:
        InputError: if it cannot be read, or a row is not as above.
    """
    path = pathlib.Path(path)
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != _COLUMNS:
                raise InputError(
                    f"{path}: expected the columns {','.join(_COLUMNS)}; "
                    f"received {','.join(reader.fieldnames or ())}"
                )
            runs = [
                run
                for row in reader
                for run in _runs(row, f"{path}, line {reader.line_num}")
            ]
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8"
        raise InputError(f"{path} cannot be read: {reason}") from error
    if not runs:
        raise InputError(f"{path} lists nothing to run")
    # Baselines are trained once for each dataset, so its runs come together.
    order = list(dict.fromkeys(run.prepared for run in runs))
    return sorted(runs, key=lambda run: order.index(run.prepared))


def _runs(row, place):
    if None in row or None in row.values():
        raise InputError(f"{place}: expected {len(_COLUMNS)} columns")
    name, dataset = row["name"], row["dataset"]
    if not name or "/" in name:
        raise InputError(
            f"{place}: name is what folders are called; received {name!r}"
        )
    if dataset.count("/") != 1:
        raise InputError(
            f"{place}: dataset takes NAME/CONFIG; received {dataset!r}"
        )
    seeds = {}
    for column in ("split_seeds", "seeds"):
        numbers = row[column].split()
        if not numbers or not all(map(str.isdecimal, numbers)):
            raise InputError(
                f"{place}: {column} takes numbers with spaces between them; "
                f"received {row[column]!r}"
            )
        seeds[column] = list(map(int, numbers))
    try:
        flags = tuple(shlex.split(row["flags"]))
    except ValueError as error:
        raise InputError(f"{place}: flags: {error}") from error
    return [
        BenchRun(name, dataset, split_seed, seed, flags)
        for split_seed in seeds["split_seeds"]
        for seed in seeds["seeds"]
    ]


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
        by itself and averaged with the trees.
    """
    with_task = {
        name: [run["tasks"][task] for run in runs if task in run["tasks"]]
        for name, runs in results.items()
    }
    with_task = {name: tasks for name, tasks in with_task.items() if tasks}
    rows = []
    every = [one for tasks in with_task.values() for one in tasks]
    for name in dict.fromkeys(x for one in every for x in one["baselines"]):
        # Once a split: they do not depend on the run.
        own = {
            str(one["baselines"][name]): one["baselines"][name]
            for one in every
            if name in one["baselines"]
        }
        rows.append({"": name, **_means(list(own.values()))})
    for name, tasks in with_task.items():
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
