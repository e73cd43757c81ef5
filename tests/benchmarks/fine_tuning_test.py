import argparse
import json

import pytest

from benchmarks.fine_tuning import _result
from benchmarks.fine_tuning import table
from mtc_tf.errors import InputError


def _metrics(fw16, init=None):
    figures = {"figures": {"fw16": {"value": fw16}}}
    return {"protocol": {"init": init}, "tasks": {"application": figures}}


def test_means_and_paired_differences_by_hand():
    text = table(
        {
            (0.01, "scratch"): [_metrics(0.2), _metrics(0.4)],
            (0.01, "fine_tuned"): [_metrics(0.6), _metrics(0.8)],
            (1.0, "scratch"): [_metrics(0.9), _metrics(0.8)],
            (1.0, "fine_tuned"): [_metrics(0.8), _metrics(0.7)],
        },
        {0.01: 30, 1.0: 1000},
    )
    *_, small, whole = text.splitlines()
    deviation = "± 0.141"  # √(2 · 0.1²)
    assert (
        small.split()
        == (
            f"application 0.01 30 0.300 {deviation} 0.700 {deviation} "
            "+0.400 ± 0.000"
        ).split()
    )
    assert whole.split()[:4] == ["application", "1", "1000", "0.850"]
    assert whole.split()[-3:] == ["-0.100", "±", "0.000"]


def test_one_seed_has_no_deviation():
    text = table(
        {
            (1.0, "scratch"): [_metrics(0.5)],
            (1.0, "fine_tuned"): [_metrics(0.75)],
        },
        {1.0: 9},
    )
    assert text.splitlines()[-1].split() == (
        "application 1 9 0.500 0.750 +0.250".split()
    )


def test_run_that_began_with_other_weights_is_refused(tmp_path):
    args = argparse.Namespace(runs=tmp_path, dataset="a/b", init="lab")
    workdir = tmp_path / "a-b" / "0.1" / "fine_tuned" / "0"
    workdir.mkdir(parents=True)
    path = workdir / "metrics.json"
    path.write_text(json.dumps(_metrics(0.5, "lab")))
    assert _result(args, 0.1, "fine_tuned", 0) == _metrics(0.5, "lab")
    path.write_text(json.dumps(_metrics(0.5, "other")))
    with pytest.raises(InputError, match="--init=other, not with --init=lab"):
        _result(args, 0.1, "fine_tuned", 0)
