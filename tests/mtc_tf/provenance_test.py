import pathlib

import pytest

from mtc_tf.errors import InputError
from mtc_tf.provenance import provenance
from mtc_tf.run_directory import Run
from mtc_tf.run_directory import load_run


def test_facts_of_a_run(trained_run):
    run = load_run(trained_run)
    facts = provenance(run)
    assert facts["dataset"] == {
        "name": "iscx_vpn_nonvpn",
        "config": "flow",
        "version": "1.0.0",
    }
    assert facts["training_seed"] == 0
    for fact in ("split", "seed", "recipe", "label_map", "digests", "versions"):
        assert facts[fact] == run.info[fact]


@pytest.mark.parametrize("info", [{}, [], {"dataset": "flow"}])
def test_run_that_does_not_say(info):
    with pytest.raises(InputError, match="run.json does not describe a run"):
        provenance(Run(pathlib.Path("run"), info))
