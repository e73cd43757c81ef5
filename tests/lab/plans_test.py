import dataclasses
import json
import random

import pytest

from lab.conditions import draw_conditions
from lab.conditions import read_conditions
from lab.errors import LabError
from lab.plans import find_scenario
from lab.plans import find_tunnel
from lab.plans import labels_rows
from lab.plans import make_plans
from lab.plans import plan_beside
from lab.plans import plan_tries
from lab.scenarios import SCENARIOS
from lab.scenarios import Role
from lab.tunnels import TUNNELS

ALONE = [scenario for scenario in SCENARIOS if not scenario.mix]
BESIDE = [scenario for scenario in SCENARIOS if scenario.mix]


def test_each_scenario_is_played_outside_and_inside_every_tunnel():
    assert len(TUNNELS) == 6
    plans = make_plans(None, 6, 0)
    assert len({plan.name for plan in plans}) == len(plans)
    for scenario in ALONE:
        own = [plan.tunnel for plan in plans if plan.scenario == scenario.name]
        assert own.count("") == 6
        assert all(own.count(tunnel.name) == 1 for tunnel in TUNNELS)


def test_more_sessions_and_scenarios_leave_the_others_alone():
    few = make_plans(["sftp"], 2, 7)
    assert set(few) < set(make_plans(["sftp"], 5, 7))
    assert set(few) < set(make_plans([], 2, 7))


def test_seed_changes_conditions_and_what_is_played():
    pairs = zip(make_plans(None, 2, 0), make_plans(None, 2, 1), strict=True)
    for first, second in pairs:
        assert first.name == second.name
        assert first.seed != second.seed
        assert first.conditions != second.conditions


def test_every_traffic_type_has_six_groups():
    groups = {}
    for plan in make_plans(None, 6, 0):
        for row in labels_rows(plan):
            groups.setdefault(row["traffic_type"], set()).add(row["group"])
    del groups[""]  # Tor, and what is of no type of the paper
    assert len(groups) == 12
    assert all(len(names) >= 6 for names in groups.values())


def test_labels_of_a_session():
    outside, inside = make_plans(["sftp"], 1, 0)
    assert labels_rows(outside) == [
        {
            "capture": "sftp_1",
            "application": "SFTP",
            "traffic_type": "File Transfer",
            "auxiliary": "All_File Transfer",
            "group": "sftp_1",
            "flows": "",
        }
    ]
    assert find_scenario(outside.scenario).application == "SFTP"
    assert find_tunnel(outside.tunnel) is None
    assert labels_rows(inside) == [
        {
            "capture": "vpn_openvpn_udp_sftp_1",
            "application": "SFTP",
            "traffic_type": "VPN: File Transfer",
            "auxiliary": "All_File Transfer",
            "group": "vpn_openvpn_udp_sftp_1",
            "flows": "",
        }
    ]
    assert find_tunnel(inside.tunnel).name == "openvpn_udp"


def test_tor_has_no_traffic_type_and_its_vpn_shows_in_the_name():
    _, inside = make_plans(["tor"], 1, 0)
    [row] = labels_rows(inside)
    assert (row["traffic_type"], row["auxiliary"]) == ("", "")
    assert row["capture"].startswith("vpn_")


def test_what_is_none_of_the_classes_is_learned_as_other():
    plan, inside = make_plans(["dot"], 1, 0)
    assert labels_rows(plan) == [
        {
            "capture": "dot_1",
            "application": "Other",
            "traffic_type": "",
            "auxiliary": "",
            "group": "dot_1",
            "flows": "",
        }
    ]
    [row] = labels_rows(inside)
    assert row["application"] == "Other"


def test_what_is_never_seen_keeps_its_name():
    plan, _ = make_plans(["mqtt"], 1, 0)
    [row] = labels_rows(plan)
    assert (row["application"], row["traffic_type"]) == ("MQTT", "")


def test_a_third_of_what_is_no_class_is_never_seen():
    roles = [scenario.role for scenario in ALONE]
    unseen, other = roles.count(Role.UNSEEN), roles.count(Role.OTHER)
    assert 0.25 <= unseen / (unseen + other) <= 0.4


def test_what_is_never_seen_is_not_learned_by_another_name():
    names = {role: set() for role in Role}
    for scenario in SCENARIOS:
        names[scenario.role].add(scenario.application)
    assert not names[Role.UNSEEN] & (names[Role.OTHER] | names[Role.CLASS])


def test_each_pair_of_programs_has_one_turn_in_a_round():
    for scenario in SCENARIOS:
        assert len(set(scenario.programs)) == len(scenario.programs)
    [web] = [scenario for scenario in SCENARIOS if scenario.name == "web"]
    assert len(web.programs) == 4 * 3
    # Neither a server nor a client waits long.
    assert len({server for server, _ in web.programs[:4]}) == 4
    assert len({client for _, client in web.programs[:4]}) == 3


def test_programs_take_turns_outside_and_inside_tunnels():
    for scenario in ALONE:
        turns = len(scenario.programs)
        plans = make_plans([scenario.name], 3 * turns, 0)
        for played in (
            [plan for plan in plans if not plan.tunnel],
            [plan for plan in plans if plan.tunnel],
        ):
            pairs = [(plan.server, plan.client) for plan in played]
            for programs in scenario.programs:
                assert pairs.count(programs) >= 1
        # Not always the same program in the same tunnel.
        plans = make_plans([scenario.name], turns * len(TUNNELS), 0)
        seen = {
            (plan.tunnel, plan.server, plan.client)
            for plan in plans
            if plan.tunnel
        }
        assert len(seen) == turns * len(TUNNELS)


def test_a_port_tells_little():
    plans = make_plans(None, 100, 0)
    by_custom = {scenario.name: scenario.port for scenario in SCENARIOS}
    _assert_tells_little([(p.port, by_custom[p.scenario]) for p in plans])


def test_port_of_a_tunnel_tells_little():
    plans = [plan for plan in make_plans(None, 100, 0) if plan.tunnel]
    by_custom = {tunnel.name: tunnel.port for tunnel in TUNNELS}
    _assert_tells_little([(p.tunnel_port, by_custom[p.tunnel]) for p in plans])
    assert all(plan.tunnel_port != plan.port for plan in plans)


def test_without_a_tunnel_there_is_no_port_of_one():
    plans = [plan for plan in make_plans(None, 2, 0) if not plan.tunnel]
    assert {plan.tunnel_port for plan in plans} == {0}


def _assert_tells_little(ports):
    """Asserts it of pairs of a port and that by custom."""
    custom = sum(port == own for port, own in ports)
    assert 0.18 < custom / len(ports) < 0.28
    known = {one.port for one in (*SCENARIOS, *TUNNELS)}
    others = sum(port in known for port, _ in ports) - custom
    assert 0.3 < others / len(ports) < 0.42
    assert all(1 <= port < 2**16 for port, _ in ports)


def test_ipv6_is_drawn_where_the_programs_speak_it():
    plans = make_plans(None, 100, 0)
    shares = {}
    for plan in plans:
        takes = bool(plan.tunnel) or find_scenario(plan.scenario).ipv6
        shares.setdefault(takes, []).append(plan.conditions.ipv6)
    assert not any(shares[False])
    assert 0.3 < sum(shares[True]) / len(shares[True]) < 0.37


def test_conditions_stay_in_bounds():
    rng = random.Random(0)
    drawn = [draw_conditions(rng) for _ in range(1000)]
    assert all(3 <= path.rate <= 100 for path in drawn)
    assert all(2 <= path.delay <= 60 for path in drawn)
    assert all(0 <= path.jitter <= 0.3 * path.delay + 0.01 for path in drawn)
    assert 400 < sum(path.loss == 0 for path in drawn) < 600
    assert 600 < sum(path.reordering == 0 for path in drawn) < 730
    assert {path.routers for path in drawn} == set(range(1, 21))
    assert all(1280 <= path.mtu <= 1500 for path in drawn)
    assert 600 < sum(path.mtu == 1500 for path in drawn) < 730
    assert 280 < sum(path.ipv6 for path in drawn) < 390


def test_conditions_survive_the_way_to_another_process():
    conditions = draw_conditions(random.Random(3))
    written = json.dumps(dataclasses.asdict(conditions))
    assert read_conditions(json.loads(written)) == conditions


def test_unknown_names_are_told():
    with pytest.raises(LabError, match="there is no scenario 'gopher'"):
        find_scenario("gopher")
    with pytest.raises(LabError, match="there is no tunnel 'sstp'"):
        find_tunnel("sstp")


def test_plans_of_a_set_that_was_begun_stay():
    # Of a set that earlier versions play: it could not be gone on with.
    plans = {plan.name: plan for plan in make_plans(["imap"], 2, 1)}
    drawn = [(plan.port, plan.tunnel_port) for plan in plans.values()]
    assert drawn == [(993, 0), (22305, 15944), (22, 0), (24491, 1194)]


def test_two_at_once_are_played_outside_tunnels_only():
    assert BESIDE
    for scenario in BESIDE:
        plans = make_plans([scenario.name], 6, 0)
        assert [plan.tunnel for plan in plans] == [""] * 6


def test_what_is_played_alone_has_nothing_beside_it():
    plan, _ = make_plans(["sftp"], 1, 0)
    assert plan_beside(plan) is None


def test_both_of_two_at_once_are_planned():
    for scenario in BESIDE:
        first, second = map(find_scenario, scenario.mix)
        for plan in make_plans([scenario.name], 50, 0):
            beside = plan_beside(plan)
            assert (plan.server, plan.client) in first.programs
            assert (beside.server, beside.client) in second.programs
            assert beside.scenario == second.name
            assert beside.conditions == plan.conditions
            assert beside.port != plan.port
            assert beside.seed != plan.seed


def test_what_is_beside_is_drawn_anew_for_each_session_and_try():
    plans = make_plans(["sftp_beside_web"], 50, 0)
    assert len({plan_beside(plan).client for plan in plans}) == 3
    seeds = {plan_beside(one).seed for one in plan_tries(plans[0])}
    assert len(seeds) == 3


def test_two_at_once_are_labelled_flow_by_flow():
    plan = make_plans(["sftp_beside_web"], 1, 0)[0]
    first, second = labels_rows(plan)
    assert first["capture"] == second["capture"] == "sftp_beside_web_1"
    assert first["group"] == second["group"]
    assert (first["application"], first["flows"]) == ("SFTP", "")
    port = plan_beside(plan).port
    assert second["flows"] == f"tcp port {port}"
    assert (second["application"], second["traffic_type"]) == ("Other", "")


def test_what_is_labelled_by_its_port_has_no_other_and_is_seen():
    for scenario in BESIDE:
        second = find_scenario(scenario.mix[1])
        assert second.transports == ("tcp",)
        assert second.role is not Role.UNSEEN
