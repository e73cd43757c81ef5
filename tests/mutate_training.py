"""Mutants of the training, and whether a test notices them.

    python tests/mutate_training.py --sample=30

mutmut makes the mutants; its own runner starts TensorFlow before it forks,
which TensorFlow does not survive. Here each mutant is written over a copy of
the package and tested in a fork of this process, which has loaded TensorFlow
and computed nothing with it. `docs/testing.md` says what survives.
"""

import argparse
import contextlib
import difflib
import os
import pathlib
import random
import shutil
import signal
import sys
import tempfile

import pytest
from mutate import mutants_of

ROOT = pathlib.Path(__file__).resolve().parents[1]
# Modules and the tests that are to notice.
MODULES = {
    "runs/run_lock": ("runs/run_lock",),
    "training/adam": ("training/adam",),
    "training/checkpoint": ("training/trainer",),
    "training/finite_figures": ("training/finite_figures",),
    "training/protocol": ("training/protocol",),
    "training/run_facts": ("training/trainer",),
    "training/trainer": ("training/trainer",),
    "training/training_loop": ("training/training_loop",),
}
SECONDS = 900  # until a mutant that hangs counts as noticed


def main():
    """Prints a diff of each mutant that survives, and how many there were."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=10**6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=MODULES)
    args = parser.parse_args()
    mutants = [
        (name, code)
        for name in ([args.only] if args.only else MODULES)
        for code in mutants_of(_source(name))
    ]
    drawn = random.Random(args.seed).sample(
        mutants, min(args.sample, len(mutants))
    )
    killed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder)
        for name in ("mtc_tf", "tests", "datasets"):
            shutil.copytree(
                ROOT / name,
                copy / name,
                ignore=shutil.ignore_patterns("captures", "__pycache__"),
            )
        shutil.copy(ROOT / "pyproject.toml", copy)
        sys.path.insert(0, str(copy))
        import tensorflow  # noqa: F401  (before the forks)

        for name, code in drawn:
            place = copy / f"mtc_tf/{name}.py"
            place.write_text(code, "utf-8")
            if _passes(copy, name):
                print(_difference(name, code), flush=True)
            else:
                killed += 1
            place.write_text(_source(name), "utf-8")
            print(f"{killed} killed", file=sys.stderr, flush=True)
    print(f"{killed} of {len(drawn)} killed, drawn of {len(mutants)}")


def _source(name):
    return (ROOT / f"mtc_tf/{name}.py").read_text("utf-8")


def _passes(copy, name):
    """Whether the tests of a module pass, in a process of their own."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.alarm(SECONDS)
            os.chdir(copy)
            with open(os.devnull, "w") as nowhere:
                os.dup2(nowhere.fileno(), 1)
                os.dup2(nowhere.fileno(), 2)
            tests = [f"tests/mtc_tf/{test}_test.py" for test in MODULES[name]]
            with contextlib.suppress(SystemExit):
                code = pytest.main(
                    ["-x", "-q", "-p", "no:cacheprovider", *tests]
                )
        finally:
            os._exit(int(code))
    _, status = os.waitpid(child, 0)
    return status == 0


def _difference(name, code):
    lines = difflib.unified_diff(
        _source(name).splitlines(), code.splitlines(), lineterm="", n=1
    )
    return "\n".join([f"=== {name}", *list(lines)[2:]])


if __name__ == "__main__":
    main()
