import sys

import pytest

from mtc_tf import extras
from mtc_tf.errors import InputError


def test_tensorflow_is_installed():
    assert extras.has_tensorflow()
    extras.require_tensorflow("a test")


def test_tensorflow_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    assert not extras.has_tensorflow()
    with pytest.raises(InputError) as caught:
        extras.require_tensorflow("x: a SavedModel")
    assert str(caught.value) == (
        "x: a SavedModel needs TensorFlow, which is not installed; "
        "`pip install 'mtc-tf[train]'` brings it"
    )
