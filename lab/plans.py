"""Which sessions are played."""

import dataclasses
import random

from lab.conditions import Conditions
from lab.conditions import draw_conditions
from lab.scenarios import SCENARIOS
from lab.tunnels import TUNNELS
from mtc_tf.data.labels import VPN_PREFIX


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a session is to be.

    Args:
        name: str. Name of the capture.
        scenario: str. Name of the scenario.
        tunnel: str. Name of the tunnel, or `""`.
        seed: str. Seed of all that is drawn while it is played.
        conditions: `Conditions` of the path.
    """

    name: str
    scenario: str
    tunnel: str
    seed: str
    conditions: Conditions


def make_plans(names, sessions, seed):
    """Plans the sessions of a set.

    Args:
        names: list of str. Names of scenarios; empty or None for all.
        sessions: int. Sessions of each scenario without a tunnel, and again
            in tunnels, which take turns.
        seed: int.

    Returns:
        list of `Plan`. The same arguments give the same plans, and further
        scenarios or sessions leave the others as they are.
    """
    return [
        _make_plan(scenario.name, tunnel, number, seed)
        for scenario in SCENARIOS
        if not names or scenario.name in names
        for number in range(1, sessions + 1)
        for tunnel in ("", TUNNELS[(number - 1) % len(TUNNELS)].name)
    ]


def find_scenario(plan):
    """Gives the `Scenario` of a plan."""
    return next(s for s in SCENARIOS if s.name == plan.scenario)


def find_tunnel(plan):
    """Gives the `Tunnel` of a plan, or None."""
    return next((t for t in TUNNELS if t.name == plan.tunnel), None)


def labels_row(plan):
    """Gives the row of a session in `labels.csv`.

    Args:
        plan: `Plan`.

    Returns:
        dict of the columns of `mtc_tf.data.labels.read_label_map`. Every
        session is a group of its own.
    """
    scenario = find_scenario(plan)
    kind = scenario.traffic_type
    return {
        "capture": plan.name,
        "application": scenario.application,
        "traffic_type": VPN_PREFIX + kind if plan.tunnel and kind else kind,
        "auxiliary": f"All_{kind}" if kind else "",
        "group": plan.name,
    }


def _make_plan(scenario, tunnel, number, seed):
    way = f"vpn_{tunnel}_" if tunnel else ""
    name = f"{way}{scenario}_{number}"
    own_seed = f"{seed}/{name}"
    return Plan(
        name=name,
        scenario=scenario,
        tunnel=tunnel,
        seed=own_seed,
        conditions=draw_conditions(random.Random(f"{own_seed}/conditions")),
    )
