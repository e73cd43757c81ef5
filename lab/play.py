"""Plays many sessions, several at a time."""

import collections
import dataclasses
import sys
import time

import tqdm

from lab.errors import LabError
from lab.sandbox import start_session

_SESSION_SECONDS = 240
# Real servers on a busy machine now and then miss their time.
_TRIES = 3


@dataclasses.dataclass
class _Running:
    plan: object
    tries: int
    process: object
    deadline: float


def play_all(plans, folder, jobs):
    """Plays sessions, with a progress bar.

    A session that fails is played again from another seed, with a line that
    says why.

    Args:
        plans: list of `lab.plans.Plan`.
        folder: `pathlib.Path`. Where the captures go.
        jobs: int. Sessions at a time.

    Returns:
        list of `lab.plans.Plan`: those that succeeded, in the given order.

    Raises:
        LabError: if a session fails three times. No session is running then.
    """
    waiting = collections.deque((plan, 1) for plan in plans)
    played = {}
    running = []
    with tqdm.tqdm(total=len(plans), unit=" sessions") as progress:
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    running.append(_start(*waiting.popleft(), folder))
                time.sleep(0.1)
                for session in [s for s in running if _has_ended(s)]:
                    running.remove(session)
                    problem = _problem(session)
                    if problem:
                        waiting.append(_next_try(session, problem))
                    else:
                        played[session.plan.name] = session.plan
                        progress.set_postfix_str(session.plan.name)
                        progress.update()
        finally:
            for session in running:
                session.process.kill()
            for session in running:
                session.process.wait()
    return [played[plan.name] for plan in plans]


def _start(plan, tries, folder):
    return _Running(
        plan,
        tries,
        start_session(plan, folder / f"{plan.name}.pcap"),
        time.monotonic() + _SESSION_SECONDS,
    )


def _has_ended(session):
    if time.monotonic() > session.deadline:
        session.process.kill()
        session.process.wait()
    return session.process.poll() is not None


def _problem(session):
    """What went wrong, or an empty string."""
    said = session.process.stderr.read().strip()
    session.process.stderr.close()
    if session.process.returncode == 0:
        return ""
    if session.process.returncode < 0:
        return f"did not end within {_SESSION_SECONDS} s"
    return said or f"exit code {session.process.returncode}"


def _next_try(session, problem):
    name = session.plan.name
    if session.tries == _TRIES:
        raise LabError(f"{name} failed {_TRIES} times: {problem}")
    tqdm.tqdm.write(f"{name} is played again: {problem}", file=sys.stderr)
    seed = f"{session.plan.seed}/again"
    return dataclasses.replace(session.plan, seed=seed), session.tries + 1
