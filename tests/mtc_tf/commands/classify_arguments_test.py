import argparse

import pytest

from mtc_tf.commands.classify_arguments import add_arguments
from mtc_tf.commands.classify_arguments import check_arguments
from mtc_tf.errors import InputError
from mtc_tf.runs.model_facts import ModelFacts

TASKS = {"application": ["a", "b"]}
OF_PACKETS = ModelFacts(TASKS, "strict")
OF_FLOWS = ModelFacts(TASKS, "strict", packets_per_flow=10)
OF_RECORDS = ModelFacts(TASKS, features=("f",))
LIMITS = ("--packets_per_flow=5", "--flow_timeout=2.5", "--max_flows=9")


def _parsed(*arguments):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(arguments)


def _checked(facts, *arguments):
    check_arguments(_parsed(*arguments, "x.pcap", "--model=MODEL"), facts)


@pytest.mark.parametrize("argument", LIMITS)
def test_limits_are_for_flows(argument):
    _checked(OF_PACKETS, "--by=flow", argument)
    _checked(OF_FLOWS, argument)
    for by in ([], ["--by=packet"]):
        with pytest.raises(InputError, match="for rows of flows") as raised:
            _checked(OF_PACKETS, *by, argument)
        assert str(raised.value).startswith(argument)


@pytest.mark.parametrize("argument", ["--by=flow", *LIMITS, "--format=eve"])
def test_records_have_no_packets(argument):
    with pytest.raises(InputError, match="is for captures; MODEL is a mod"):
        _checked(OF_RECORDS, argument)


def test_interface_shows_no_records():
    with pytest.raises(InputError, match="--interface=eth0 is for captures"):
        check_arguments(_parsed("--interface=eth0"), OF_RECORDS)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--packets_per_flow=0", "a whole number above 0, received '0'"),
        ("--max_flows=-1", "a whole number above 0, received '-1'"),
        ("--max_flows=many", "a whole number above 0, received 'many'"),
        ("--flow_timeout=0", "expected seconds above 0, received '0'"),
        ("--flow_timeout=inf", "expected seconds above 0, received 'inf'"),
        ("--flow_timeout=nan", "expected seconds above 0, received 'nan'"),
        ("--interface=x", "--interface: not allowed with argument FILE"),
    ],
)
def test_wrong_arguments(argument, message, capsys):
    with pytest.raises(SystemExit):
        _parsed("x.pcap", argument)
    assert message in capsys.readouterr().err


def test_files_or_an_interface_there_must_be(capsys):
    with pytest.raises(SystemExit):
        _parsed("--by=flow")
    err = capsys.readouterr().err
    assert "one of the arguments FILE --interface is required" in err
