"""Mutants of layers and models, and whether a test notices them.

    KERAS_BACKEND=numpy python tests/mutate.py --only=layers --sample=60

mutmut makes the mutants. It cannot run them itself, since Keras looks at the
signatures that it replaces. Here each one is written over a copy of the
package and tested in a fork of this process, which has Keras loaded already:
under Keras's NumPy backend, which needs no threads and starts at once, but
does not train. `docs/testing.md` says what survives.
"""

import argparse
import contextlib
import difflib
import io
import itertools
import os
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import traceback

import keras  # noqa: F401  (before the forks)
import libcst as cst
import pytest
from mutmut.mutation.mutators import mutation_operators

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDERS = ("mtc_tf/layers", "mtc_tf/models")
# Tests that train, which the NumPy backend does not, and those of backends;
# and of a variance that this backend takes as E[x²] - E[x]².
LEFT_OUT = (
    "learn or pretrain or autoencoder or sparsity or "
    "nearly_that_of_float32 or unknown_batch_size or "
    "far_from_zero"
)
# What runs after a module's own tests, if MTC is made of it.
GOLDEN = "tests/mtc_tf/models/mtc_golden_test.py"
# Appended to `tests/standard_checks.py` in the copy.
WITHOUT_TRAINING = """
_check_training = _check_mixed_precision = lambda *args: None
"""
SECONDS = 120  # of one mutant


def main():
    """Prints a diff of each mutant that survives, and how many were killed."""
    args = _parse_arguments()
    mutants = [
        (path, code)
        for path in _modules(args.only)
        for code in mutants_of(path.read_text("utf-8"))
    ]
    drawn = random.Random(args.seed).sample(
        mutants, min(args.sample, len(mutants))
    )
    killed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder)
        for name in ("mtc_tf", "tests", "benchmarks", "datasets"):
            shutil.copytree(
                ROOT / name,
                copy / name,
                ignore=shutil.ignore_patterns("captures", "__pycache__"),
            )
        shutil.copy(ROOT / "pyproject.toml", copy)
        with (copy / "tests/standard_checks.py").open("a") as file:
            file.write(WITHOUT_TRAINING)
        if not _passes(copy, {path for path, _ in drawn}):
            sys.exit("the tests fail without a mutant")
        for path, code in drawn:
            original = path.read_text("utf-8")
            place = copy / path.relative_to(ROOT)
            place.write_text(code, "utf-8")
            if _passes(copy, [path]):
                print(_difference(path, original, code), flush=True)
            else:
                killed += 1
            place.write_text(original, "utf-8")
    print(f"{killed} of {len(drawn)} killed, drawn of {len(mutants)}")


def _parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sample", type=int, default=10**6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="part of a module's path")
    return parser.parse_args()


def _modules(part):
    return [
        path
        for folder in FOLDERS
        for path in sorted((ROOT / folder).glob("*.py"))
        if part in str(path) and path.name != "__init__.py"
    ]


def mutants_of(source):
    """Yields the code of each mutant of a module."""
    module = cst.parse_module(source)
    for node in _nodes_in_functions(module):
        for kind, operator in (
            *mutation_operators,
            (cst.Call, _leave_call_out),
        ):
            if isinstance(node, kind):
                for mutated in operator(node):
                    code = module.deep_replace(node, mutated).code
                    if code != source:
                        yield code


def _leave_call_out(call):
    """`layer(x, …)` becomes `x`."""
    if call.args and not call.args[0].keyword and not call.args[0].star:
        yield call.args[0].value


def _nodes_in_functions(module):
    """All nodes but docstrings and what errors say."""

    class Visitor(cst.CSTVisitor):
        def __init__(self):
            self.depth, self.nodes = 0, []

        def visit_FunctionDef(self, node):
            self.depth += 1

        def leave_FunctionDef(self, node):
            self.depth -= 1

        def visit_Raise(self, node):
            return False

        def visit_Expr(self, node):
            return not isinstance(
                node.value, (cst.SimpleString, cst.ConcatenatedString)
            )

        def on_visit(self, node):
            if self.depth:
                self.nodes.append(node)
            return super().on_visit(node)

    visitor = Visitor()
    module.visit(visitor)
    return visitor.nodes


def _passes(copy, paths):
    """Whether the tests of these modules pass, in a process of its own."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.alarm(SECONDS)
            # Mutants of one size and second would share their bytecode.
            sys.dont_write_bytecode = True
            os.chdir(copy)
            with (
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.redirect_stderr(io.StringIO()),
            ):
                code = pytest.main(_arguments(paths))
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(int(code))
    _, status = os.waitpid(child, 0)
    return status == 0


def _arguments(paths):
    tests = [
        f"tests/{path.relative_to(ROOT).with_suffix('')}_test.py"
        for path in paths
    ]
    return [
        "-x",
        "-q",
        "--no-header",
        "--disable-warnings",
        "-p",
        "no:cacheprovider",
        "-k",
        f"not ({LEFT_OUT})",
        *[test for test in tests if pathlib.Path(test).exists()],
        *([GOLDEN] if any(_is_of_mtc(path) for path in paths) else []),
    ]


def _is_of_mtc(path):
    return (
        path.parent.name == "layers"
        or path.stem.startswith("mtc")
        or path.stem == "inputs_and_heads"
    )


def _difference(path, original, code):
    lines = difflib.unified_diff(
        original.splitlines(), code.splitlines(), lineterm="", n=1
    )
    return "\n".join([f"=== {path.name}", *itertools.islice(lines, 2, None)])


if __name__ == "__main__":
    main()
