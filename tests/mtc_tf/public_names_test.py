"""What `import mtc_tf` gives."""

import re
import subprocess
import sys
from importlib import metadata

import pytest
from small_captures import DUMMY_DATA

import mtc_tf

_LIGHT = """
import sys
import mtc_tf
assert set(mtc_tf.__all__) <= set(dir(mtc_tf))
print(*sys.modules)
"""


def _run(code, cwd=None):
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_import_loads_nothing_heavy(tmp_path):
    loaded = set(_run(_LIGHT, tmp_path).split())
    assert "mtc_tf" in loaded
    assert not loaded & {"numpy", "pandas", "tensorflow", "keras", "pydantic"}
    assert [name for name in loaded if name.startswith("mtc_tf.")] == []


@pytest.mark.parametrize("name", mtc_tf.__all__)
def test_every_name_is_there(name):
    value = getattr(mtc_tf, name)
    if callable(value):
        assert value.__name__ == name
        assert value.__doc__


def test_star_gives_the_public_names():
    names = {}
    exec("from mtc_tf import *", names)
    assert set(mtc_tf.__all__) <= set(names)


def test_other_names_are_refused():
    with pytest.raises(AttributeError, match="'mtc_tf' has no attribute 'x'"):
        mtc_tf.x  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'x'"):
        from mtc_tf import x  # noqa: F401


def test_version_is_that_of_the_package():
    assert mtc_tf.__version__ == metadata.version("mtc-tf")


def test_example_of_the_docstring(exported_run, tmp_path):
    """Labels a capture, as it stands there."""
    example = re.search(
        "    from mtc_tf import.*?\n\n(?! )", mtc_tf.__doc__, re.S
    )
    code = re.sub("^    ", "", example[0], flags=re.M)
    (tmp_path / "OUT").symlink_to(exported_run)
    (tmp_path / "capture.pcap").symlink_to(DUMMY_DATA / "aimchat2.pcap")
    lines = _run(code, tmp_path).splitlines()
    assert len(lines) == 1 + 4
    assert lines[1].split()[:3] == ["0", "192.0.2.10", "198.51.100.1"]
