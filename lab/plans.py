"""Which sessions are played."""

import dataclasses
import math
import random

from lab.conditions import Conditions
from lab.conditions import draw_conditions
from lab.errors import LabError
from lab.scenarios import SCENARIOS
from lab.scenarios import Role
from lab.tunnels import TUNNELS
from mtc_tf.data.labels import VPN_PREFIX
from mtc_tf.tasks import OTHER

# Share of the sessions whose server listens where it does by custom. With a
# half a look-up of the port would still know every other answer.
_BY_CUSTOM = 0.2
# Where the servers of tunnels and of the first scenarios listen by custom, each
# as often as it is so. Later ones are not added: they would move the others.
_CUSTOMARY = (
    *(22, 22, 21, 587, 993, 5222, 6697, 443, 8443, 6969, 5060, 64738, 9001),
    *(443, 8883, 853, 1194, 1194, 51820, 22, 443, 4500),
)
# Below those that clients are given.
_ANY_PORT = 1024, 32_768


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a session is to be.

    Args:
        name: str. Name of the capture.
        scenario: str. Name of the scenario.
        tunnel: str. Name of the tunnel, or `""`.
        server: str. The program that serves, as of `Scenario.programs`.
        client: str. The program that uses it.
        port: int. Where the server listens.
        tunnel_port: int. Where that of the tunnel listens; 0 without one.
        seed: str. Seed of all that is drawn while it is played.
        conditions: `Conditions` of the path and the hosts.
    """

    name: str
    scenario: str
    tunnel: str
    server: str
    client: str
    port: int
    tunnel_port: int
    seed: str
    conditions: Conditions


def make_plans(names, sessions, seed):
    """Plans the sessions of a set.

    Args:
        names: list of str. Names of scenarios; empty or None for all.
        sessions: int. Sessions of each scenario without a tunnel, and again
            in tunnels, which take turns; two that are played at once are
            played without a tunnel only.
        seed: int.

    Returns:
        list of `Plan`. The same arguments give the same plans, and further
        scenarios or sessions leave the others as they are.
    """
    return [
        _make_plan(scenario, tunnel, number, seed)
        for scenario in SCENARIOS
        if not names or scenario.name in names
        for number in range(1, sessions + 1)
        for tunnel in _tunnels(scenario, number)
    ]


def _tunnels(scenario, number):
    """The tunnels of a scenario's session; None is for outside of them."""
    if scenario.mix:
        # In a tunnel nobody could tell the one from the other.
        return (None,)
    return None, TUNNELS[(number - 1) % len(TUNNELS)]


def in_turns(plans):
    """Orders plans so that the first few are of every scenario.

    Args:
        plans: list of `Plan`.

    Returns:
        list of `Plan`: the first session of each scenario, as it is and in a
        tunnel, then the second of each. Tunnels too take turns so.
    """
    return sorted(plans, key=lambda plan: number_of(plan.name))


def number_of(name):
    """Gives the number of a session, which its name ends with.

    Args:
        name: str. Of a plan, and of its capture.

    Returns:
        int, from 1.
    """
    return int(name.rpartition("_")[2])


def plan_tries(plan):
    """Gives the plans of a session's tries.

    Args:
        plan: `Plan`.

    Returns:
        list of `Plan`: the plan, and those to play if it fails, each from
        another seed.
    """
    # Real servers on a busy machine now and then miss their time.
    return [
        dataclasses.replace(plan, seed=plan.seed + again)
        for again in ("", "/again", "/again/again")
    ]


def find_scenario(name):
    """Gives the `Scenario` of a name.

    Raises:
        LabError: if there is none.
    """
    for scenario in SCENARIOS:
        if scenario.name == name:
            return scenario
    raise LabError(f"there is no scenario {name!r}")


def find_tunnel(name):
    """Gives the `Tunnel` of a name, or None if it is empty.

    Raises:
        LabError: if there is none.
    """
    for tunnel in TUNNELS:
        if tunnel.name == name:
            return tunnel
    if name:
        raise LabError(f"there is no tunnel {name!r}")
    return None


def plan_beside(plan):
    """Plans what is played beside a session.

    Args:
        plan: `Plan`.

    Returns:
        `Plan` of another scenario with the same name and conditions, or None.
    """
    mix = find_scenario(plan.scenario).mix
    if not mix:
        return None
    scenario = find_scenario(mix[1])
    own_seed = f"{plan.seed}/beside"
    rng = random.Random(f"{own_seed}/plan")
    server, client = rng.choice(scenario.programs)
    return dataclasses.replace(
        plan,
        scenario=scenario.name,
        server=server,
        client=client,
        port=_draw_other_port(scenario.port, plan.port, rng),
        seed=own_seed,
    )


def labels_rows(plan):
    """Gives the rows of a session in `labels.csv` or `unknown.csv`.

    Args:
        plan: `Plan`.

    Returns:
        list of dicts of the columns of `mtc_tf.data.labels.read_label_map`:
        one, or that of the session and of the flows beside it. Every session
        is a group of its own.
    """
    rows = [{**_labels_row(plan), "flows": ""}]
    beside = plan_beside(plan)
    if beside:
        flows = f"tcp port {beside.port}"
        rows.append({**_labels_row(beside), "flows": flows})
    return rows


def _labels_row(plan):
    scenario = find_scenario(plan.scenario)
    kind = scenario.traffic_type
    is_other = scenario.role is Role.OTHER
    return {
        "capture": plan.name,
        "application": OTHER if is_other else scenario.application,
        "traffic_type": VPN_PREFIX + kind if plan.tunnel and kind else kind,
        "auxiliary": f"All_{kind}" if kind else "",
        "group": plan.name,
    }


def _draw_port(custom, rng):
    """Draws where the server of a scenario or of a tunnel listens.

    By custom, or where servers of other applications do, or anywhere: so that
    a port alone tells little.
    """
    if rng.random() < _BY_CUSTOM:
        return custom
    if rng.random() < 0.5:
        return rng.choice(_CUSTOMARY)
    return rng.randrange(*_ANY_PORT)


def _draw_conditions(scenario, tunnel, rng):
    """Draws conditions under which the scenario can be played.

    In a tunnel the services have addresses of IPv4 whatever the path has.
    """
    conditions = draw_conditions(rng)
    ipv6 = conditions.ipv6 and (bool(tunnel) or scenario.ipv6)
    return dataclasses.replace(conditions, ipv6=ipv6)


def _draw_other_port(custom, taken, rng):
    """Draws where another server listens; not where the first does."""
    port = _draw_port(custom, rng)
    while port == taken:
        port = _draw_port(custom, rng)
    return port


def _make_plan(scenario, tunnel, number, seed):
    way = f"vpn_{tunnel.name}_" if tunnel else ""
    name = f"{way}{scenario.name}_{number}"
    own_seed = f"{seed}/{name}"
    ports = random.Random(f"{own_seed}/port")
    port = _draw_port(scenario.port, ports)
    turn = number - 1
    if tunnel:
        # Else each tunnel would meet the same programs again and again.
        turn += turn // math.lcm(len(TUNNELS), len(scenario.programs))
    server, client = scenario.programs[turn % len(scenario.programs)]
    return Plan(
        name=name,
        scenario=scenario.name,
        tunnel=tunnel.name if tunnel else "",
        server=server,
        client=client,
        port=port,
        tunnel_port=_draw_other_port(tunnel.port, port, ports) if tunnel else 0,
        seed=own_seed,
        conditions=_draw_conditions(
            scenario, tunnel, random.Random(f"{own_seed}/conditions")
        ),
    )
