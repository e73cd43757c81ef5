"""Plays many sessions, several at a time."""

import collections
import dataclasses
import shutil
import sys
import time

import tqdm

from lab.errors import LabError
from lab.missing import Missing
from lab.plans import plan_tries
from lab.sandbox import start_session

_SESSION_SECONDS = 240
# What must be free on the disk: for the sessions that are being played, and
# for others who write there.
_FREE_BYTES = 2**30


@dataclasses.dataclass
class _Running:
    tries: list
    process: object
    deadline: float


def play_all(plans, unfinished, jobs):
    """Plays the sessions that a set lacks, with a progress bar.

    A session that fails is played again from another seed, with a line that
    says why. When its last try has failed, it is given up.

    Args:
        plans: list of `lab.plans.Plan`, in the order of play.
        unfinished: `lab.unfinished.UnfinishedSet`, which gets them.
        jobs: int. Sessions at a time.

    Returns:
        list of `lab.missing.Missing`: those that were given up.

    Raises:
        LabError: if less than 1 GiB is free on the disk. No session is
            running then.
    """
    waiting = collections.deque(
        plan_tries(plan) for plan in plans if plan.name not in unfinished.played
    )
    missing = []
    running = []
    done = len(plans) - len(waiting)
    with tqdm.tqdm(
        total=len(plans), initial=done, unit=" sessions"
    ) as progress:
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    running.append(_start(waiting.popleft(), unfinished))
                time.sleep(0.1)
                for session in [s for s in running if _has_ended(s)]:
                    running.remove(session)
                    plan, *others = session.tries
                    problem = _problem(session, unfinished)
                    if not problem:
                        unfinished.keep(plan)
                        progress.set_postfix_str(plan.name)
                    elif others:
                        _say(f"{plan.name} is played again: {problem}")
                        waiting.append(others)
                        continue
                    else:
                        _say(f"{plan.name} is given up: {problem}")
                        unfinished.keep_log(plan)
                        missing.append(Missing(plan, problem))
                    progress.update()
        finally:
            for session in running:
                session.process.kill()
            for session in running:
                session.process.wait()
    return missing


def _start(tries, unfinished):
    if shutil.disk_usage(unfinished.folder).free < _FREE_BYTES:
        raise LabError(
            f"less than 1 GiB is free on the disk of {unfinished.folder}"
        )
    plan = tries[0]
    with unfinished.log(plan).open("wb") as log:
        process = start_session(plan, unfinished.capture(plan), log)
    return _Running(tries, process, time.monotonic() + _SESSION_SECONDS)


def _has_ended(session):
    if time.monotonic() > session.deadline:
        session.process.kill()
        session.process.wait()
    return session.process.poll() is not None


def _problem(session, unfinished):
    """What went wrong, in one line, or an empty string."""
    code = session.process.returncode
    if code == 0:
        return ""
    if code < 0:
        return f"did not end within {_SESSION_SECONDS} s"
    said = unfinished.log(session.tries[0]).read_text(errors="replace")
    lines = said.strip().splitlines()
    return lines[-1].strip() if lines else f"exit code {code}"


def _say(line):
    tqdm.tqdm.write(line, file=sys.stderr)
