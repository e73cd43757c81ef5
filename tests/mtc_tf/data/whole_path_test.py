import pathlib

import pytest
from etils import epath

from mtc_tf.data.whole_path import whole_path


@pytest.mark.parametrize("kind", [pathlib.Path, epath.Path])
def test_path_becomes_absolute(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert str(whole_path(kind("x/y"))) == str(tmp_path / "x/y")
    assert whole_path(kind(tmp_path)) == kind(tmp_path)


def test_bucket_stays():
    assert str(whole_path(epath.Path("gs://bucket/x"))) == "gs://bucket/x"
