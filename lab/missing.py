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
        reason: str. One line: what went wrong the last time, or the packages
            that are not installed.
        skipped: bool. Whether it was not tried, for want of packages.
    """

    plan: Plan
    reason: str
    skipped: bool = False


def missing_lines(missing):
    """Tells of each session that failed, and of what is not installed.

    Args:
        missing: list of `Missing`.

    Returns:
        list of str.
    """
    lines = [
        f"{one.plan.name} failed: {one.reason}"
        for one in missing
        if not one.skipped
    ]
    lacks = collections.Counter(one.reason for one in missing if one.skipped)
    return lines + [
        f"{reason}: {count} sessions skipped" for reason, count in lacks.items()
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
    failed = sum(not one.skipped for one in missing)
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
