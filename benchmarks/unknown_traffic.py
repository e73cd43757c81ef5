"""Which score finds traffic that a model has never seen?

    python -m benchmarks.unknown_traffic --dataset=traffic_lab/capture_seed1 \\
        --data_dir=DATA --runs=RUNS -- --flagfile=configs/lab/lite.flags

trains a model with each application left out in turn, and lets each score of
`mtc_tf.inference.unknown_scores` tell the application from those that the model
knows: what is done is not done again. `--seeds=0,1` trains each twice.

`AUROC` is the probability that an unknown row (a flow counts 16 at most) or
flow has a higher score than a known one; `found` is the share of unknown ones
above the score that 5 % of the known ones of the validation part lie above, and
`false` that of the known ones. The score with the highest mean AUROC of rows on
the validation part is the best; test figures do not choose.
"""

import statistics

from benchmarks.mtc_runs import run_mtc
from benchmarks.mtc_runs import training_parser
from mtc_tf.commands import startup
from mtc_tf.errors import InputError
from mtc_tf.evaluation.page.unknowns import UnknownTraffic
from mtc_tf.files.json_files import read_json
from mtc_tf.files.text_table import text_table
from mtc_tf.runs.run_directory import UNKNOWN_TRAFFIC_FILE
from mtc_tf.runs.run_directory import load_run
from mtc_tf.runs.run_directory import write_json

_FIGURES = {"auroc": "AUROC", "found": "found", "false_alarms": "false"}
_CHOOSES = ("validation", "row", "auroc")


def main(arguments=None):
    """Runs what is missing, and prints the tables."""
    args = training_parser(__doc__).parse_args(arguments)
    startup.import_tensorflow()
    from mtc_tf.data.input_pipeline import load_builder

    builder = load_builder(args.dataset, args.data_dir)
    applications = builder.info.metadata["classes"].get("application", ())
    if len(applications) < 3:
        raise InputError(f"{args.dataset} has fewer than three applications")
    results = []
    for application in applications:
        for seed in args.seeds:
            folder = args.dataset.replace("/", "-")
            name = application.replace("/", "-")
            workdir = args.runs / folder / name / str(seed)
            results.append(_result(args, application, seed, workdir))
    print(f"\n{args.dataset}, training seeds {args.seeds}\n{tables(results)}")


def tables(results):
    """Writes the tables of both parts, and which score is the best.

    Args:
        results: list of `UnknownTraffic`, one for each run.

    Returns:
        str: of each part, and of rows and flows, a line for each run and a
        mean over all in which the figure can be computed.
    """
    lines = []
    units = results[0]["validation"]
    units = next(iter(units.values())) if units else {}
    for part in ("validation", "test"):
        for of in units:
            rows = [
                _row(result["left_out"], result[part], of) for result in results
            ]
            rows.append(_means(results, part, of))
            lines += [f"\n{part} part, by {of}", text_table(rows, left=("",))]
    best = {
        score: _mean(results, score, *_CHOOSES)
        for score in results[0]["validation"]
    }
    known = {score: value for score, value in best.items() if value is not None}
    if known:
        lines.append(
            f"\nbest by validation: {max(known, key=known.get)}, by its mean "
            "AUROC of rows"
        )
    return "\n".join(lines)


def _row(name, scores, of):
    counts = next(iter(scores.values()))[of]
    row = {"": name, "known": counts["known"], "unknown": counts["unknown"]}
    for score, figures in scores.items():
        for figure, short in _FIGURES.items():
            row[f"{score} {short}"] = _text(figures[of][figure])
    return {key: str(value) for key, value in row.items()}


def _means(results, part, of):
    row = {"": "mean", "known": "", "unknown": ""}
    for score in results[0][part]:
        for figure, short in _FIGURES.items():
            mean = _mean(results, score, part, of, figure)
            row[f"{score} {short}"] = _text(mean)
    return row


def _mean(results, score, part, of, figure):
    """The mean over the applications that the part holds."""
    values = [
        result[part][score][of][figure]
        for result in results
        if result[part][score][of]["unknown"]
    ]
    values = [value for value in values if value is not None]
    return statistics.mean(values) if values else None


def _text(value):
    return "-" if value is None else f"{value:.3f}"


def _result(args, application, seed, workdir):
    """Trains and measures one run, if it was not done before."""
    path = workdir / UNKNOWN_TRAFFIC_FILE
    if path.exists():
        return read_json(path, UnknownTraffic)
    run_mtc(
        "train",
        *args.flags,
        f"--leave_out={application}",
        f"--seed={seed}",
        f"--dataset={args.dataset}",
        f"--data_dir={args.data_dir}",
        f"--workdir={workdir}",
    )
    from mtc_tf.evaluation.unknown_traffic import unknown_traffic

    result = unknown_traffic(load_run(workdir), args.data_dir)
    write_json(path, result)
    return result


if __name__ == "__main__":
    main()
