"""The site builds without a warning, and shows every public name."""

import ast
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "mtc_tf"
# The first stands for the modules of `mtc_tf` itself.
FOLDERS = [
    "",
    *sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py")),
]

pytestmark = pytest.mark.docs


@pytest.fixture(scope="session")
def site(made_once):
    """The site, built with warnings as errors."""

    def build(folder):
        command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
        subprocess.run(
            [*command, "--quiet", f"--site-dir={folder / 'site'}"],
            cwd=ROOT,
            check=True,
        )

    return made_once("site", build) / "site"


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_public_name_has_its_place_in_the_reference(folder, site):
    html = (site / "reference" / folder / "index.html").read_text("utf-8")
    anchors = set(re.findall(r'id="([\w.]+)"', html))
    names = _public_names(folder)
    assert names
    assert names <= anchors


def _public_names(folder):
    """The classes and functions of a folder's modules, without underscore."""
    return {
        ".".join(part for part in ("mtc_tf", folder, path.stem, name) if part)
        for path in (PACKAGE / folder).glob("*.py")
        for name in _defined(path)
        if path.stem != "__init__"
    }


def _defined(path):
    return [
        node.name
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
        and node.name[0] != "_"
    ]
