import pytest

from lab.missing import Missing
from lab.missing import missing_lines
from lab.missing import what_lacks
from lab.plans import make_plans

# Twenty as they are, and as many in tunnels.
PLANS = make_plans(["sftp"], 20, 0)


def _failed(*names):
    return [Missing(one, "no") for one in PLANS if one.name in names]


def test_one_line_for_each_failure_and_each_package():
    first, second, third, *_ = PLANS
    assert missing_lines(
        [
            Missing(first, lacks=("lftp", "sox")),
            Missing(second, "not within 3 s: mail"),
            Missing(third, lacks=("lftp",)),
        ]
    ) == [
        "vpn_openvpn_udp_sftp_1 failed: not within 3 s: mail",
        "lftp is not installed, sessions skipped: 2",
        "sox is not installed, sessions skipped: 1",
    ]


@pytest.mark.parametrize(
    ("count", "said"), [(0, ""), (2, ""), (3, "3 of 40 sessions failed")]
)
def test_a_twentieth_may_fail(count, said):
    missing = _failed(*(f"sftp_{number}" for number in range(1, count + 1)))
    assert what_lacks(PLANS, missing) == said


def test_skipped_sessions_have_not_failed():
    missing = [Missing(one, lacks=("lftp",)) for one in PLANS[:4]]
    assert what_lacks(PLANS, missing) == ""


def test_nothing_of_a_tunnel():
    # Sessions 6, 12 and 18 are those of the last of six tunnels.
    names = [f"vpn_ikev2_sftp_{number}" for number in (6, 12, 18)]
    missing = [
        Missing(one, lacks=("sox",)) for one in PLANS if one.name in names
    ]
    assert len(missing) == 3
    assert what_lacks(PLANS, missing) == "no session of the tunnel ikev2"


def test_nothing_of_a_scenario():
    plans = [*PLANS, *make_plans(["dot"], 1, 0)]
    missing = [Missing(one, "no") for one in plans if one.scenario == "dot"]
    assert what_lacks(plans, missing) == "no session of the scenario dot"
