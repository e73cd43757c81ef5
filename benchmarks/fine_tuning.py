"""What do the weights of another model save: how many labelled flows?

    python -m benchmarks.fine_tuning --dataset=iscx_vpn_nonvpn/capture \\
        --data_dir=DATA --runs=RUNS --init=lab -- \\
        --flagfile=configs/iscx/lite.flags

trains on 1 %, 10 % and all of the training flows, each from random weights and
from those of `--init`, and evaluates on the test part: what is done is not done
again. `--shares=0.05,1` and `--seeds=0,1,2` choose others. A seed draws the
flows, the same for both. Validation, which chooses the epoch, and test are
whole.

A line is a task and a share: macro F1 of test packets, of which a flow counts
16 at most (fw16), the mean over the seeds and its standard deviation;
`difference` is that of the pairs of one seed.
"""

import statistics

from typing_extensions import TypedDict

from benchmarks.mtc_runs import run_mtc
from benchmarks.mtc_runs import training_parser
from mtc_tf.commands import startup
from mtc_tf.errors import InputError
from mtc_tf.files.json_files import Object
from mtc_tf.files.text_table import text_table
from mtc_tf.runs.run_directory import METRICS_FILE
from mtc_tf.runs.run_directory import load_metrics

_SCRATCH, _FINE_TUNED = "scratch", "fine_tuned"


class _Figure(TypedDict):
    value: float


class _Figures(TypedDict):
    fw16: _Figure


class _Task(TypedDict):
    figures: _Figures


class _Protocol(TypedDict):
    init: str | None


class _Result(TypedDict):
    """What of `metrics.json` is read."""

    protocol: _Protocol
    tasks: Object[_Task]


def main(arguments=None):
    """Runs what is missing, and prints the table."""
    args = _parse(arguments)
    startup.import_tensorflow()
    results = {
        (share, begun): [_result(args, share, begun, x) for x in args.seeds]
        for share in args.shares
        for begun in (_SCRATCH, _FINE_TUNED)
    }
    print(f"\n{args.dataset}, --init={args.init}, training seeds {args.seeds}")
    print(table(results, {share: _flows(args, share) for share in args.shares}))


def table(results, flows):
    """Writes the table.

    Args:
        results: dict from pairs `(share, begun)`, begun `scratch` or
            `fine_tuned`, to the list of what `metrics.json` holds, one for
            each seed.
        flows: dict from share to the number of its training flows.

    Returns:
        str, a line for each task and share.
    """
    rows = []
    for task in next(iter(results.values()))[0]["tasks"]:
        for share, count in flows.items():
            scratch, tuned = (
                [
                    result["tasks"][task]["figures"]["fw16"]["value"]
                    for result in results[share, begun]
                ]
                for begun in (_SCRATCH, _FINE_TUNED)
            )
            pairs = zip(tuned, scratch, strict=True)
            rows.append(
                {
                    "task": task,
                    "share": f"{share:g}",
                    "flows": str(count),
                    "from scratch": _text(scratch),
                    "fine-tuned": _text(tuned),
                    "difference": _text([a - b for a, b in pairs], "+.3f"),
                }
            )
    return text_table(rows, left=("task",))


def _text(values, form=".3f"):
    text = format(statistics.mean(values), form)
    if len(values) > 1:
        text += f" ± {statistics.stdev(values):.3f}"
    return text


def _result(args, share, begun, seed):
    """Trains and evaluates one run, if it was not done before."""
    folder = args.runs / args.dataset.replace("/", "-") / f"{share:g}"
    workdir = folder / begun / str(seed)
    init = args.init if begun == _FINE_TUNED else None
    if not (workdir / METRICS_FILE).exists():
        run_mtc(
            "train",
            *args.flags,
            f"--flow_fraction={share:g}",
            f"--seed={seed}",
            f"--dataset={args.dataset}",
            f"--data_dir={args.data_dir}",
            f"--workdir={workdir}",
            *([f"--init={init}"] if init else []),
        )
        run_mtc(
            "evaluate",
            f"--workdir={workdir}",
            f"--data_dir={args.data_dir}",
            "--no_baselines",
        )
    result = load_metrics(workdir, _Result)
    if result["protocol"]["init"] != init:
        raise InputError(
            f"{workdir} began with --init={result['protocol']['init']}, not "
            f"with --init={init}; give other --runs"
        )
    return result


def _flows(args, share):
    """How many flows a share of the training part has."""
    from mtc_tf.data.input_pipeline import load_builder
    from mtc_tf.data.prepared_dataset import PreparedDataset
    from mtc_tf.training.protocol import Protocol
    from mtc_tf.training.sampling import kept_rows

    source = PreparedDataset(load_builder(args.dataset, args.data_dir))
    protocol = Protocol(flow_fraction=share, seed=args.seeds[0])
    kept = kept_rows(source, "train", protocol)
    return len(set(source.columns("train", ("flow",))["flow"][kept]))


def _parse(arguments):
    parser = training_parser(__doc__)
    parser.add_argument(
        "--init", required=True, help="as of `mtc train`: lab, or a run"
    )
    parser.add_argument(
        "--shares",
        default=[0.01, 0.1, 1.0],
        type=lambda text: [float(share) for share in text.split(",")],
        help="of the training flows",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
