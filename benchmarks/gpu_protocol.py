"""What a machine with a GPU is asked, in one command of a few minutes.

    python -m benchmarks.gpu_protocol --arrays=FOLDER --output=OUT

needs `jax` and no TensorFlow. FOLDER holds what `mtc arrays` wrote: `paper.npz`
and `flow.npz` of whole rows, and any number of `lite*.npz` and `series*.npz`,
one for each seed of the split (docs/gpu.md). In this order:

a. how fast MTC trains in each precision, and what share of the card's peak
b. MTC-Lite and MTC-Series, several independent networks at once, on each seed
   of the split
c. the paper's protocol for the paper's models on both splits, one seed
d. MTC by the recipe of MTC-Lite, with a million samples
e. two more seeds of c

Each has a share of the time that is left; what has not ended by then is left
as if interrupted. Behind each run its figures, those of the test part too, go
to OUT/results.jsonl: a cut loses one run at most. The same command goes on:
runs that are in the results are not made again. `--rehearse` makes all of it so
small that a CPU does it.
"""

import argparse
import pathlib
import sys
import time

from benchmarks.gpu_plan import plan
from benchmarks.gpu_results import Results
from mtc_tf.commands import startup
from mtc_tf.commands import train_jax
from mtc_tf.commands.train_flags import PRECISIONS
from mtc_tf.errors import InputError

# Of the whole time, for the table of speeds.
_SPEED_SHARE = 0.15


def main():
    """Does what there is time for."""
    arguments = _parse_arguments()
    end = time.monotonic() + 60 * arguments.minutes
    arguments.output.mkdir(parents=True, exist_ok=True)
    try:
        startup.import_jax("float32", "highest")
        _keep_programs(arguments.output / "programs")
        results = Results(arguments.output / "results.jsonl")
        _measure_speeds(arguments, results)
        _train(arguments, results, end)
    except InputError as error:
        sys.exit(f"gpu_protocol: {error}")


def _keep_programs(folder):
    """Lets JAX keep what it compiled: each seed has the same programs."""
    import jax

    jax.config.update("jax_compilation_cache_dir", str(folder.absolute()))


def _measure_speeds(arguments, results):
    from benchmarks.gpu_speed import measure

    seconds = 60 * arguments.minutes * _SPEED_SHARE / len(PRECISIONS)
    for precision in PRECISIONS:
        if not results.has(f"speed/{precision}"):
            speed = measure(
                arguments.arrays / "flow.npz",
                precision,
                arguments.batch_size,
                # Half of it goes to compiling.
                seconds=0 if arguments.rehearse else seconds / 2,
                small=arguments.rehearse,
            )
            results.add({"name": f"speed/{precision}", **speed})


def _train(arguments, results, end):
    from benchmarks.gpu_answers import figures_of

    groups = plan(
        arguments.arrays,
        arguments.output,
        networks=2 if arguments.rehearse else arguments.networks,
        precision=arguments.precision,
        rehearse=arguments.rehearse,
    )
    for number, group in enumerate(groups):
        start = time.monotonic()
        if start > end:
            print(f"no time is left for {group.name} and those behind it")
            return
        if results.has(group.name):
            continue
        shares = sum(other.share for other in groups[number:])
        seconds = (end - start) * group.share / shares
        print(f"\n{group.name}: at most about {seconds:.0f} s", flush=True)
        trained = train_jax.run(group.lines, deadline=start + seconds)
        took = time.monotonic() - start
        for figures in figures_of(trained):
            results.add({"name": group.name, "seconds": took, **figures})


def _parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--arrays", required=True, type=pathlib.Path)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=9.0)
    parser.add_argument(
        "--networks",
        type=int,
        default=8,
        help="of MTC-Lite or MTC-Series at once",
    )
    parser.add_argument(
        "--precision",
        choices=PRECISIONS,
        default="tensorfloat32",
        help="of all runs but the table of speeds",
    )
    parser.add_argument(
        "--batch_size", type=int, default=128, help="of the table of speeds"
    )
    parser.add_argument("--rehearse", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
