"""Processes under one of Keras's backends, which is chosen at import."""

import importlib.util
import os
import pathlib
import subprocess
import sys

import pytest

# Python code after which TensorFlow counts as not installed; `Finder.asked`
# says whether anything looked for it.
WITHOUT_TENSORFLOW = """
import importlib.machinery
import sys

class Finder(importlib.machinery.PathFinder):
    asked = False

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name == "tensorflow":
            Finder.asked = True
            return None
        return super().find_spec(name, path)

sys.meta_path = [
    Finder if finder is importlib.machinery.PathFinder else finder
    for finder in sys.meta_path
]
"""


def run_under(backend, *arguments):
    """Runs Python from the repository's root; skips where there is no backend.

    Args:
        backend: str. `tensorflow`, `jax` or `torch`.
        *arguments: str. What follows `python` on the command line.

    Returns:
        str, what the process prints.
    """
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    process = subprocess.run(
        [sys.executable, *map(str, arguments)],
        env={**os.environ, "KERAS_BACKEND": backend},
        cwd=pathlib.Path(__file__).parents[1],
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout
