"""The Debian packages that programs of the lab come from."""

import pathlib
import subprocess

from lab.errors import LabError
from lab.plans import find_scenario
from lab.plans import plan_beside

_LIST = pathlib.Path(__file__).with_name("packages.txt")


def needed_packages():
    """Reads `packages.txt`.

    Returns:
        dict from the name of a package to a frozenset of the programs,
        scenarios and tunnels that need it; an empty one if all do.
    """
    lines = _LIST.read_text().splitlines()
    rows = [line.split() for line in lines if not line.startswith("#")]
    return {package: frozenset(users) for package, *users in rows}


def installed_packages():
    """Gives the version of each package of `packages.txt` that is installed.

    Returns:
        dict of str to str.

    Raises:
        LabError: if this is no Debian.
    """
    form = "${Package} ${db:Status-Status} ${Version}\n"
    try:
        # It ends with exit code 1 if it knows nothing of one of them.
        done = subprocess.run(
            ["dpkg-query", "-W", f"-f={form}", *needed_packages()],
            capture_output=True,
            text=True,
        )
    except FileNotFoundError:
        raise LabError(
            "dpkg-query is missing: the lab needs Debian packages"
        ) from None
    rows = [line.split() for line in done.stdout.splitlines()]
    return {row[0]: row[2] for row in rows if row[1] == "installed"}


def find_missing_packages(plans, installed):
    """Finds the packages that sessions need and that are not installed.

    Args:
        plans: list of `lab.plans.Plan`.
        installed: collection of str, names of packages.

    Returns:
        dict from the name of a plan that cannot be played to a tuple
        of packages.

    Raises:
        LabError: if one is missing that every session needs.
    """
    absent = {
        package: users
        for package, users in needed_packages().items()
        if package not in installed
    }
    for package, users in absent.items():
        if not users:
            raise LabError(
                f"the Debian package {package} is not installed; "
                "lab/install.sh installs all that the lab needs"
            )
    missing = {}
    for plan in plans:
        names = _names(plan)
        beside = plan_beside(plan)
        if beside:
            names |= _names(beside)
        lacks = tuple(p for p, users in absent.items() if users & names)
        if lacks:
            missing[plan.name] = lacks
    return missing


def _names(plan):
    """Of all of a plan that may need a package."""
    alone = find_scenario(plan.scenario).mix[:1] or (plan.scenario,)
    return {plan.server, plan.client, plan.tunnel, *alone}
