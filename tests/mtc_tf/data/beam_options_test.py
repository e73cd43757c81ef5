import importlib.util

import pytest

from mtc_tf.data.beam_options import read_beam_options
from mtc_tf.errors import InputError


@pytest.mark.parametrize("text", [None, ""])
def test_no_options(text):
    assert read_beam_options(text) is None


def test_beam_that_is_not_installed(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    message = (
        "^--beam_pipeline_options needs Apache Beam, which is not installed; "
        r"`pip install 'mtc-tf\[beam\]'` brings it$"
    )
    with pytest.raises(InputError, match=message):
        read_beam_options("runner=DirectRunner")


@pytest.mark.beam
def test_options_are_those_of_beam():
    options = read_beam_options(
        "runner=FlinkRunner,flink_master=HOST:8081"
    ).get_all_options()
    assert options["runner"] == "FlinkRunner"
    assert options["flink_master"] == "HOST:8081"
