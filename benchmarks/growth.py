"""How do scores grow with the sessions that a model is trained on?

    for n in 2 6 18; do
        python -m lab.parts SET PARTS/$n --train=$n
        mtc bench configs/bench/lab_parts.csv --runs=RUNS/$n \\
            --data_dir=DATA/$n --manual_dir=iscx_vpn_nonvpn=PARTS/$n
    done
    python -m benchmarks.growth RUNS/2 RUNS/6 RUNS/18 --output=growth.svg

All must be tested on the same packets of the same sessions. Each network
stands beside the best shallow models of its dataset, which may be others with
each size, and beside the look-up of the lower port.
"""

import argparse
import pathlib
import sys

from mtc_tf.errors import InputError
from mtc_tf.evaluation.page.evaluated_run import read_runs
from mtc_tf.files.text_table import text_table
from mtc_tf.runs.run_directory import METRICS_FILE

LOOK_UP = "lower port"
_MARKERS = "osD^v<>*"
_PANEL_INCHES = (5.0, 3.6)


def main(arguments=None):
    """Prints the table, and draws the picture.

    Returns:
        int. Exit code: 0 fine, 1 the runs could not be read or do not belong
        together.
    """
    args = _parse(arguments)
    try:
        runs = read_runs(_workdirs(args.folders))
        curves = growth(runs)
    except InputError as error:
        print(f"growth: error: {error}", file=sys.stderr)
        return 1
    for task, lines in curves.items():
        sizes = sorted({size for points in lines.values() for size in points})
        rows = [
            {
                "": name,
                **{str(n): _text(points.get(n)) for n in sizes},
            }
            for name, points in lines.items()
        ]
        print(f"{task}, fw16 by training sessions\n{text_table(rows, ('',))}\n")
    if args.output:
        _draw(curves, args.output)
    return 0


def growth(runs):
    """Gathers figures by task, model and number of training sessions.

    Args:
        runs: list of `mtc_tf.evaluation.page.evaluated_run.EvaluatedRun`.

    Returns:
        dict from task name to dict from the name of a model to dict from the
        number of sessions to its fw16.

    Raises:
        InputError: if two runs on one kind of dataset were tested on different
            rows.
    """
    curves, tested = {}, {}
    for run in runs:
        metrics = run.metrics
        dataset = metrics["dataset"]["config"]
        captures = run.info["report"]["captures"]
        # Digests count the captures of other parts, too.
        test = {x["capture"]: x["test"] for x in captures if x["test"]}
        if tested.setdefault(dataset, test) != test:
            raise InputError(
                f"{run.workdir} was tested on other rows than the first of "
                f"{dataset}"
            )
        size = sum(capture["train"] > 0 for capture in captures)
        for task, figures in metrics["tasks"].items():
            lines = curves.setdefault(task, {})
            best = figures["best_baseline"]
            found = {
                metrics["model"]: figures["figures"],
                f"best shallow model beside {metrics['model']}": figures[
                    "baselines"
                ][best],
            }
            if LOOK_UP in figures["baselines"]:
                found[LOOK_UP] = figures["baselines"][LOOK_UP]
            for name, values in found.items():
                lines.setdefault(name, {})[size] = values["fw16"]["value"]
    return curves


def _workdirs(folders):
    found = [
        path.parent
        for folder in folders
        for path in sorted(folder.rglob(METRICS_FILE))
    ]
    if not found:
        raise InputError(
            f"expected folders of evaluated runs, found none in "
            f"{', '.join(map(str, folders))}"
        )
    return found


def _text(value):
    return "-" if value is None else f"{value:.3f}"


def _draw(curves, output):
    # Not `pyplot`: it looks for a screen.
    from matplotlib.figure import Figure

    width, height = _PANEL_INCHES
    figure = Figure((width * len(curves), height), layout="constrained")
    panels = figure.subplots(1, len(curves), squeeze=False)[0]
    for panel, (task, lines) in zip(panels, curves.items(), strict=True):
        for marker, (name, points) in zip(
            _MARKERS, sorted(lines.items()), strict=False
        ):
            sizes = sorted(points)
            panel.plot(
                sizes, [points[n] for n in sizes], f"{marker}-", label=name
            )
        panel.set(
            title=task.replace("_", " "),
            xscale="log",
            xlabel="training sessions",
            ylim=(0, 1),
        )
        panel.set_xticks(sizes, map(str, sizes))
        panel.minorticks_off()
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("fw16")
    labelled = panels[0].get_legend_handles_labels()
    figure.legend(*labelled, loc="outside lower center", ncols=3)
    figure.savefig(output, dpi=120, metadata={"Date": None})


def _parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folders", nargs="+", metavar="RUNS", type=pathlib.Path)
    parser.add_argument(
        "--output", metavar="FILE", type=pathlib.Path, help="picture to write"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
