"""A set in the making, of which nothing is lost whatever ends the lab."""

import contextlib
import dataclasses
import fcntl
import json
import os
import shutil

from lab.errors import LabError
from lab.plans import plan_tries

# Of `mtc build`, which looks for captures, it is not seen.
_PLAYED = ".played.jsonl"
_REPORT = "labels.csv", "unknown.csv", "sessions.csv", "report.md"


@contextlib.contextmanager
def unfinished_set(output, plans):
    """Gives a set that takes the name `output` when the block has ended well.

    Until then it is in a folder beside, `NAME.unfinished`, where a later call
    goes on. A finished set is gone on with as well, if it was made by the lab:
    it is an unfinished one meanwhile.

    Args:
        output: `pathlib.Path`.
        plans: list of `lab.plans.Plan`. All that is to be in the set.

    Yields:
        `UnfinishedSet`.

    Raises:
        LabError: if what is there does not belong to these plans, or another
            lab is at it.
    """
    folder = output.with_name(f"{output.name}.unfinished")
    found = _find_folder(output, folder)
    with open(found / _PLAYED, "a+b", buffering=0) as file:
        _lock(file, folder)
        played = _read_played(file, found, plans)
        if found == output:
            os.rename(output, folder)
        unfinished = UnfinishedSet(folder, file, played)
        unfinished.remove_rest()
        yield unfinished
        unfinished.remove_halves()
        # Reports too are on the disk before the name says so.
        os.sync()
        os.rename(folder, output)


class UnfinishedSet:
    """Keeps sessions that were played.

    A session is in it when its line is in the journal, which is written when
    its capture is on the disk.

    Args:
        folder: `pathlib.Path`.
        journal: binary file without a buffer, to append to.
        played: dict from the name of a session to its `lab.plans.Plan`: the
            one of its tries that went well.

    Attributes:
        folder: `pathlib.Path`. Where the captures are.
        played: dict, as above.
    """

    def __init__(self, folder, journal, played):
        self.folder = folder
        self.played = played
        self._journal = journal
        self._halves = folder / "playing"
        self._failed = folder / "failed"

    def capture(self, plan):
        """Gives the path for a session's capture while it is played."""
        return self._halves / f"{plan.name}.pcap"

    def log(self, plan):
        """Gives the path for what a session says while it is played."""
        return self._halves / f"{plan.name}.log"

    def keep(self, plan):
        """Takes a session that went well into the set.

        Args:
            plan: `lab.plans.Plan`. Its capture is at `capture(plan)`.
        """
        capture = self.folder / f"{plan.name}.pcap"
        _write_to_disk(self.capture(plan))
        os.replace(self.capture(plan), capture)
        _write_to_disk(self.folder)
        self._journal.write(_line(plan))
        os.fsync(self._journal.fileno())
        self.played[plan.name] = plan
        self.log(plan).unlink()

    def keep_log(self, plan):
        """Keeps what a session said that failed for good."""
        self._failed.mkdir(exist_ok=True)
        os.replace(self.log(plan), self._failed / f"{plan.name}.log")

    def remove_rest(self):
        """Removes all but the sessions, and makes room for more of them."""
        for name in _REPORT:
            (self.folder / name).unlink(missing_ok=True)
        shutil.rmtree(self._failed, ignore_errors=True)
        self.remove_halves()
        self._halves.mkdir()

    def remove_halves(self):
        """Removes what sessions have left that did not end."""
        shutil.rmtree(self._halves, ignore_errors=True)


def _find_folder(output, folder):
    """Finds the folder to go on with: the unfinished one, or a finished one."""
    if not _is_new(output):
        if not (output / _PLAYED).is_file():
            raise LabError(
                f"--output must be new, empty or of the lab, received "
                f"{str(output)!r}, which holds something else"
            )
        if not _is_new(folder):
            raise LabError(f"expected one of {output} and {folder}, found both")
        return output
    if not _is_new(folder) and not (folder / _PLAYED).is_file():
        raise LabError(f"{folder} is in the way, which is not of the lab")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _is_new(path):
    return not path.exists() or (path.is_dir() and not any(path.iterdir()))


def _lock(journal, folder):
    """Makes sure that no other lab is at it; a lock ends with its process."""
    try:
        fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LabError(f"another lab is at work in {folder}") from None


def _read_played(journal, folder, plans):
    """Reads which sessions are there, each of which must be of the plans."""
    known = {_line(one): one for plan in plans for one in plan_tries(plan)}
    journal.seek(0)
    lines = journal.read().splitlines(keepends=True)
    if lines and not lines[-1].endswith(b"\n"):
        # The lab was ended while it wrote: the session does not count.
        journal.truncate(sum(map(len, lines[:-1])))
        del lines[-1]
    played = {}
    for line in lines:
        if line not in known:
            raise LabError(
                f"{folder} holds {_name(line)}, which is no session of these "
                "arguments, or of another version of the lab; expected the "
                "scenarios, sessions and seed that it was begun with, or more "
                "scenarios or sessions"
            )
        plan = known[line]
        if (folder / f"{plan.name}.pcap").is_file():
            played[plan.name] = plan
    return played


def _line(plan):
    return json.dumps(dataclasses.asdict(plan)).encode() + b"\n"


def _name(line):
    try:
        return json.loads(line)["name"]
    except (ValueError, KeyError, TypeError):
        return "something"


def _write_to_disk(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
