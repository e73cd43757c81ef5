import copy

import pytest

from mtc_tf.explanation.report import format_explanation

COST = {"difference": 0.25, "interval": [0.125, 0.375]}
UNSURE = {"difference": 0.01, "interval": [-0.02, 0.04]}
RESULT = {
    "part": "test",
    "dataset": {"name": "lab", "config": "flow", "version": "2.0.0"},
    "digests": {"test": "abc"},
    "model": "MTC",
    "parameters": 1234,
    "training_seed": 0,
    "packets": {"attributed": 2, "checked": 16, "average": 9},
    "interval_over": "flow",
    "attention": {
        "tokens": ["bytes 0-49", "bytes 50-99"],
        "blocks": {"block1": [0.75, 0.25], "block2": [0.5, 0.5]},
    },
    "tasks": {
        "application": {
            "fw16": {"value": 0.5, "interval": [0.25, 0.75]},
            "completeness_error": 0.004,
            "steps": 32,
            "difference": 0.5,
            "fields": {
                "ip.ttl": {"mean": 0.1, "share": 0.2},
                "transport.ports": {"mean": 0.4, "share": 0.7},
                "absent fields": {"mean": 0.0, "share": 0.09},
                "ip.id": {"mean": 0.0, "share": 0.01},
                "ip.version": {"mean": 0.0, "share": 0.0},
            },
            "headers": "IPv4, TCP",
            "bytes": [
                {"field": "ip.ttl", "mean": 0.1, "share": 0.25},
                {"field": "transport.ports", "mean": 0.4, "share": 0.75},
            ],
            "classes": {
                "Ch\nat": {
                    "packets": 2,
                    "fields": {"ip.ttl": {"mean": 0.1, "share": 0.6}},
                }
            },
            "randomised": {
                "ip.ttl": UNSURE,
                "transport.ports": COST,
                "ip.id": UNSURE,
            },
            "rank_correlations": {"share": 0.5, "mean": 1.0},
            "without_fusion": {"both directions": COST},
            "without_branch": {},
        }
    },
}


def _lines(**changes):
    result = copy.deepcopy(RESULT)
    result["tasks"]["application"] |= changes
    return format_explanation(result).splitlines()


def _words(lines):
    return [line.split() for line in lines]


def test_fields_stand_in_the_order_of_their_share():
    words = _words(_lines())
    rows = words[
        words.index("field share adds fw16 lost when randomised".split()) + 1 :
    ]
    assert (
        rows[0]
        == "transport.ports 70.0% +0.4000 +0.250 [+0.125, +0.375]".split()
    )
    assert rows[1] == "ip.ttl 20.0% +0.1000 +0.010 [-0.020, +0.040]".split()
    assert rows[2] == "absent fields 9.0% +0.0000 -".split()
    assert rows[3][:2] == ["ip.id", "1.0%"]
    # What gets nothing is left out.
    assert rows[4] == []


def test_fields_that_are_named_and_cost_nothing_are_told():
    lines = _lines()
    assert "named, with 5% or more: transport.ports, ip.ttl" in lines
    assert (
        "of these do NOT certainly cost fw16 when they are randomised: ip.ttl"
        in lines
    )
    assert (
        "rank correlation with that loss, over 3 fields: 0.50 of the share, "
        "1.00 of what is added"
    ) in lines


def test_all_that_are_named_cost():
    lines = _lines(
        randomised={"ip.ttl": COST, "transport.ports": COST},
        rank_correlations={"share": None, "mean": None},
    )
    assert "each of these costs fw16 when it is randomised" in lines
    assert not any("rank correlation" in line for line in lines)


@pytest.mark.parametrize(("difference", "is_told"), [(0.1, False), (0.0, True)])
def test_losses_without_an_interval_count_by_their_sign(difference, is_told):
    cost = {"difference": difference, "interval": None}
    lines = _lines(randomised={"ip.ttl": cost, "transport.ports": cost})
    assert any("do NOT certainly" in line for line in lines) == is_told


def test_labels_may_be_missing():
    lines = _lines(
        fw16=None,
        randomised={},
        without_fusion={},
        rank_correlations={"share": None, "mean": None},
    )
    assert "no packet has a label" in lines
    assert "named, with 5% or more: none" in lines


def test_the_other_tables():
    lines = _lines()
    words = _words(lines)
    assert lines[0] == "dataset    lab/flow 2.0.0"
    assert (
        "the packets make their answers more probable by 0.500; the "
        "attributions add up to that but for 0.40% (32 steps)"
    ) in lines
    assert "1 transport.ports 75.0% +0.4000".split() in words
    assert ["Ch\\nat", "2", "ip.ttl", "60%"] in words
    assert "both directions +0.250 [+0.125, +0.375]".split() in words
    assert "bytes 0-49 75.0% 50.0%".split() in words
    assert not any("replaced by its mean" in line for line in lines)
