"""Models on fresh splits: several split seeds, several training seeds.

    python -m benchmarks.honest_splits --dataset=iscx_vpn_nonvpn/flow \\
        --manual_dir=CAPTURES --data_dir=DATA --runs=RUNS \\
        --split_seeds=1,2,3 --seeds=0,1 \\
        "Lite: --flagfile=configs/iscx/lite.flags" \\
        "Lite x 4: --flagfile=configs/iscx/lite.flags --members=4"

builds, trains and evaluates what is missing, one after the other, and prints a
table: what is done is not done again. A recipe that was chosen on the
validation part of one split seed is confirmed on others.

The figures of a model are means over its runs, with the standard deviation.
`against best` is its fw16 less that of the best baseline by validation, and
`certain` on how many runs the paired interval lies above zero, holds zero,
lies below.
"""

import argparse
import pathlib
import shlex
import statistics
import subprocess
import sys

from typing_extensions import TypedDict

from mtc_tf.commands import startup
from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import Object
from mtc_tf.files.text_table import text_table
from mtc_tf.runs.run_directory import METRICS_FILE
from mtc_tf.runs.run_directory import load_metrics
from mtc_tf.runs.run_directory import load_run
from mtc_tf.runs.run_directory import write_json

_FIGURES = ("macro_f1", "fw16", "vote_10", "vote", "log_loss")
_AVERAGED = "{} and trees"


class _Figure(TypedDict):
    value: float


class _Difference(TypedDict):
    difference: float
    interval: List[float]


class _Task(TypedDict):
    flows: int
    groups: int
    figures: Object[_Figure]
    baselines: Object[Object[_Figure | float]]
    best_baseline: str
    against_best_baseline: Object[_Difference]
    averaged: Object[_Figure]
    averaged_against_trees: Object[_Difference]


class Result(TypedDict):
    """What of `metrics.json` stands in the table."""

    tasks: Object[_Task]


def main(arguments=None):
    """Runs what is missing, and prints a table for each task."""
    args = _parse(arguments)
    results = {name: [] for name in args.models}
    for split_seed in args.split_seeds:
        workdirs = _run_split(args, split_seed)
        for name, workdir in workdirs:
            results[name].append(load_metrics(workdir, Result))
    print(f"\n{args.dataset}, split seeds {args.split_seeds}, training seeds")
    print(f"{args.seeds}")
    for task in next(iter(results.values()))[0]["tasks"]:
        print(f"\n{task}\n{table(results, task)}")


def table(results, task):
    """Writes the table of one task.

    Args:
        results: dict from the name of a model to the list of its `Result`s.
        task: str.

    Returns:
        str: a line for each baseline, then two for each model, by itself and
        averaged with the trees.
    """
    rows = []
    first = next(iter(results.values()))
    for name in first[0]["tasks"][task]["baselines"]:
        # Once a split: they do not depend on the run.
        own = {
            str(result["tasks"][task]["baselines"][name]): result["tasks"][
                task
            ]["baselines"][name]
            for result in first
        }
        rows.append({"": name, **_means(list(own.values()))})
    for name, runs in results.items():
        tasks = [run["tasks"][task] for run in runs]
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


_BESIDE = {
    "against_best_baseline": "best baseline",
    "averaged_against_trees": "trees averaged",
}


def _means(figures):
    """Mean and spread of each figure over runs or splits."""
    texts = {"runs": str(len(figures))}
    for name in _FIGURES:
        values = [one[name]["value"] for one in figures]
        texts[name] = f"{statistics.mean(values):.3f}"
        if len(values) > 1:
            texts[name] += f" ± {statistics.stdev(values):.3f}"
    return texts


def _differences(comparisons):
    """The mean difference of fw16 and log loss, and how certain they are."""
    texts = {}
    for name in ("fw16", "log_loss"):
        ours = [one[name] for one in comparisons]
        mean = statistics.mean(one["difference"] for one in ours)
        above = sum(one["interval"][0] > 0 for one in ours)
        below = sum(one["interval"][1] < 0 for one in ours)
        texts[f"Δ {name}"] = f"{mean:+.3f}"
        texts[f"> = < ({name})"] = (
            f"{above} {len(ours) - above - below} {below}"
        )
    return texts


def _run_split(args, split_seed):
    """Runs what lacks on one split; lists each run's model and directory."""
    dataset = args.dataset + (f"_seed{split_seed}" if split_seed else "")
    folder = args.runs / dataset.replace("/", "-")
    runs = [
        (name, folder / name / str(seed))
        for name in args.models
        for seed in args.seeds
    ]
    missing = [
        (name, workdir)
        for name, workdir in runs
        if not (workdir / METRICS_FILE).exists()
    ]
    if missing:
        _build(args, split_seed)
    for name, workdir in missing:
        _mtc(
            [
                "train",
                *args.models[name],
                f"--seed={workdir.name}",
                f"--dataset={dataset}",
                f"--data_dir={args.data_dir}",
                f"--workdir={workdir}",
            ]
        )
    _evaluate([workdir for _, workdir in missing], args.data_dir)
    return runs


def _evaluate(workdirs, data_dir):
    """Evaluates runs on one dataset; the baselines are trained once."""
    if not workdirs:
        return
    startup.import_tensorflow()
    from mtc_tf.evaluation.baselines.shallow_models import (
        baseline_probabilities,
    )
    from mtc_tf.evaluation.evaluate import evaluate

    answers = {}

    def kept(builder, tasks, parts):
        key = (builder.data_path, *tasks)
        if key not in answers:
            answers[key] = baseline_probabilities(builder, tasks, parts)
        return answers[key]

    for workdir in workdirs:
        result = evaluate(load_run(workdir), "test", data_dir, baselines=kept)
        write_json(workdir / METRICS_FILE, result)


def _build(args, split_seed):
    name, config = args.dataset.split("/")
    command = [
        "build",
        name,
        f"--config={config}",
        f"--split_seed={split_seed}",
        f"--data_dir={args.data_dir}",
    ]
    if args.manual_dir:
        command.append(f"--manual_dir={args.manual_dir}")
    _mtc(command)


def _mtc(command):
    print(f"$ mtc {shlex.join(command)}", file=sys.stderr, flush=True)
    # What a command says of its own stays out of the table.
    process = subprocess.run(
        [sys.executable, "-m", "mtc_tf.cli", *command], stdout=sys.stderr
    )
    if process.returncode:
        sys.exit(f"honest_splits: mtc {command[0]} failed, see above")


def _parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "models", nargs="+", metavar="NAME: FLAGS", help="what to train"
    )
    parser.add_argument("--dataset", required=True, metavar="NAME/CONFIG")
    parser.add_argument("--runs", required=True, type=pathlib.Path)
    parser.add_argument("--data_dir", required=True)
    parser.add_argument("--manual_dir", help="captures, to build what lacks")
    parser.add_argument("--split_seeds", default=[0], type=_numbers)
    parser.add_argument("--seeds", default=[0], type=_numbers)
    args = parser.parse_args(arguments)
    if args.dataset.count("/") != 1:
        parser.error(f"--dataset takes NAME/CONFIG; received: {args.dataset}")
    models = {}
    for text in args.models:
        name, colon, flags = text.partition(":")
        if not colon or "/" in name:
            parser.error(f"a model is 'NAME: FLAGS'; received: {text!r}")
        models[name.strip()] = shlex.split(flags)
    args.models = models
    return args


def _numbers(text):
    return [int(number) for number in text.split(",")]


if __name__ == "__main__":
    main()
