"""The run directory that `mtc train` writes."""

import contextlib

from mtc_tf.commands import train_flags
from mtc_tf.commands.train_flags import FLAGS
from mtc_tf.errors import InputError
from mtc_tf.files.atomic import replacing
from mtc_tf.runs import run_lock
from mtc_tf.runs.run_directory import CHECKPOINT_FOLDER
from mtc_tf.runs.run_directory import FLAGS_FILE


@contextlib.contextmanager
def open_workdir(workdir):
    """Makes a run directory with its flags, and keeps others out of it.

    Args:
        workdir: `pathlib.Path` that `check_workdir` let through.

    Raises:
        InputError: as `check_workdir` and `run_lock.locked`.
    """
    workdir.mkdir(parents=True, exist_ok=True)
    with run_lock.locked(workdir):
        # Again: another training may have ended in the meantime.
        check_workdir(workdir)
        with replacing(workdir / FLAGS_FILE) as temporary:
            temporary.write_text(train_flags.flags_text(), "utf-8")
        yield


def check_workdir(workdir):
    """Refuses a directory that holds a run with other flags.

    Args:
        workdir: `pathlib.Path` of the run directory, which may not exist.

    Raises:
        InputError: if it holds another run, or something else.
    """
    if workdir.exists() and not workdir.is_dir():
        raise InputError(f"workdir {str(workdir)!r} is not a directory")
    path = workdir / FLAGS_FILE
    if not path.exists():
        if workdir.is_dir() and not all(
            _is_left_by_a_start(entry.name) for entry in workdir.iterdir()
        ):
            raise InputError(
                f"workdir {str(workdir)!r} holds other files and no run; give "
                "a new folder"
            )
        return
    if not (workdir / CHECKPOINT_FOLDER / "state.json").exists():
        return  # no epoch is done: nothing is lost by beginning anew
    different = _differences(path.read_text("utf-8"), train_flags.flags_text())
    if different:
        raise InputError(
            f"workdir {str(workdir)!r} holds another run, which differs in "
            f"{' '.join(different)}; give a new folder"
        )


def _differences(written, asked):
    """The lines of two flagfiles that differ, but for where things lie.

    Earlier versions also wrote the flags that their model did not read, and
    had fewer of them, whose defaults are what these versions did.
    """
    written, asked = set(written.splitlines()), set(asked.splitlines())
    known = set(map(_name, written))
    compared = {
        name
        for name in map(_name, asked)
        if name in known or FLAGS[name].value != FLAGS[name].default
    }.difference(("workdir", "data_dir", "arrays"))
    return sorted(line for line in written ^ asked if _name(line) in compared)


def _name(line):
    """The name of the flag in a line of a flagfile."""
    name = line.removeprefix("--").partition("=")[0]
    return name if name in FLAGS else name.removeprefix("no")


def _is_left_by_a_start(name):
    """Whether a training that was killed at once leaves such an entry."""
    return name == run_lock.LOCK_FILE or (
        name.startswith(".") and name.endswith(".partial")
    )
