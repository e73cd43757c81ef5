"""The sessions of a set that could not be played."""

import collections
import dataclasses

from lab.plans import Plan

# Of all sessions. A busy machine fails one now and then.
_MOST_FAILED = 0.05


@dataclasses.dataclass(frozen=True)
class Missing:
    """A session that is not in the set.

    Args:
        plan: `lab.plans.Plan`.
        reason: str. One line: what went wrong the last time; empty if it was
            skipped.
        lacks: tuple of str. The packages for want of which it was skipped.
    """

    plan: Plan
    reason: str = ""
    lacks: tuple[str, ...] = ()


def missing_lines(missing):
    """Tells of each session that failed, and of each package that is lacking.

    Args:
        missing: list of `Missing`.

    Returns:
        list of str.
    """
    lines = [
        f"{one.plan.name} failed: {one.reason}"
        for one in missing
        if not one.lacks
    ]
    skipped = collections.Counter(name for one in missing for name in one.lacks)
    return lines + [
        f"{package} is not installed, sessions skipped: {count}"
        for package, count in skipped.items()
    ]


def what_lacks(plans, missing):
    """Tells why a set is not what was asked for, if it is not.

    Args:
        plans: list of `lab.plans.Plan`. What was asked for.
        missing: list of `Missing`.

    Returns:
        str. A reason if more than 5 % of all sessions failed, or if there is
        none of a scenario or a tunnel; else an empty string.
    """
    failed = sum(not one.lacks for one in missing)
    if failed > _MOST_FAILED * len(plans):
        return f"{failed} of {len(plans)} sessions failed"
    names = {one.plan.name for one in missing}
    there = [plan for plan in plans if plan.name not in names]
    for kind in ("scenario", "tunnel"):
        absent = {getattr(plan, kind) for plan in plans}
        absent -= {getattr(plan, kind) for plan in there}
        if absent:
            return f"no session of the {kind} {', '.join(sorted(absent))}"
    return ""
