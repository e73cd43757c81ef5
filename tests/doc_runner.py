"""Runs commands as a shell would, in forks of a process with TensorFlow.

That process has imported the libraries and computed nothing, so that a command
costs what it does and not the seconds in which they load.
"""

import glob
import multiprocessing
import os
import pathlib
import runpy
import shlex
import subprocess
import sys
import sysconfig

ROOT = pathlib.Path(__file__).resolve().parents[1]
SECONDS = 600  # until a command counts as hanging
_SCRIPTS = pathlib.Path(sysconfig.get_path("scripts"))
# pytest's additions to the path, which a reader's Python does not have.
_OF_TESTS = {str(ROOT), str(ROOT / "datasets"), str(ROOT / "tests")}
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["keras", "matplotlib.pyplot", "sklearn.ensemble", "tensorflow_datasets"]
)


def parse(text):
    """Splits a command line.

    Args:
        text: str. Variables, programs with `|` between them, and a `>` and file
            name behind the last, as far as there are any.

    Returns:
        tuple `(variables, stages, output)`: dict, list of lists of words, and
        the name of a file or None.
    """
    lexer = shlex.shlex(text, posix=True, punctuation_chars="|>")
    lexer.whitespace_split = True
    words = list(lexer)
    variables = {}
    while "=" in words[0]:
        name, value = words.pop(0).split("=", 1)
        variables[name] = value
    output = None
    if len(words) > 2 and words[-2] == ">":
        *words, _, output = words
    stages = [[]]
    for word in words:
        if word == "|":
            stages.append([])
        else:
            stages[-1].append(word)
    return variables, stages, output


def run(variables, stages, folder):
    """Runs programs one behind the other, each on what the last one printed.

    Args:
        variables: dict of the environment.
        stages: list of lists of words. `python` and the programs of this
            environment run in forks, others as processes.
        folder: `pathlib.Path`. The current directory.

    Returns:
        tuple `(code, stdout, stderr)`: the exit code of the first program that
        failed, or 0; what the last one printed, and all errors.
    """
    given, output, errors = (folder / f".{n}" for n in ("in", "out", "err"))
    output.write_bytes(b"")
    errors.write_bytes(b"")
    code = 0
    for words in stages:
        output.replace(given)
        words = [found for word in words for found in _expanded(word, folder)]
        streams = (str(given), str(output), str(errors))
        code = code or _run_one(words, variables, folder, streams)
        if not output.exists():
            output.write_bytes(b"")
    return code, output.read_text("utf-8"), errors.read_text("utf-8")


def _expanded(word, folder):
    """What a shell makes of a word with `*`."""
    return sorted(glob.glob(word, root_dir=folder)) or [word]


def _run_one(words, variables, folder, streams):
    name = pathlib.PurePath(words[0]).name
    if name != "python" and not (_SCRIPTS / name).exists():
        with (
            open(streams[0], "rb") as given,
            open(streams[1], "wb") as output,
            open(streams[2], "ab") as errors,
        ):
            return subprocess.run(
                words,
                cwd=folder,
                env={**os.environ, **variables},
                stdin=given,
                stdout=output,
                stderr=errors,
            ).returncode
    process = _FORKS.Process(
        target=_become, args=(words, variables, str(folder), streams)
    )
    process.start()
    process.join(SECONDS)
    if process.exitcode is None:
        process.kill()
        process.join()
        with open(streams[2], "a") as errors:
            errors.write(f"ended after {SECONDS} s\n")
    return process.exitcode


def _become(words, variables, folder, streams):
    """Turns this process into that of a program."""
    modes = (os.O_RDONLY, os.O_WRONLY | os.O_CREAT, os.O_WRONLY | os.O_APPEND)
    for number, (path, mode) in enumerate(zip(streams, modes, strict=True)):
        os.dup2(os.open(path, mode), number)
    os.chdir(folder)
    os.environ.update(variables)
    paths = [p for p in variables.get("PYTHONPATH", "").split(":") if p]
    kept = [path for path in sys.path if path not in _OF_TESTS]
    program, *sys.argv = words
    name = pathlib.PurePath(program).name
    if name != "python":
        sys.path[:] = kept
        sys.argv[:0] = [program]
        runpy.run_path(str(_SCRIPTS / name), run_name="__main__")
    elif sys.argv[0] == "-m":
        sys.path[:] = [folder, *(os.path.abspath(p) for p in paths), *kept]
        del sys.argv[0]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    elif sys.argv[0] == "-c":
        sys.path[:] = [folder, *paths, *kept]
        exec(sys.argv[1], {"__name__": "__main__"})
    else:
        script = os.path.abspath(sys.argv[0])
        sys.path[:] = [os.path.dirname(script), *paths, *kept]
        runpy.run_path(script, run_name="__main__")
