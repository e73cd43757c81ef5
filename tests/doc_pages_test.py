"""The pages hold: blocks say what they are, paths and links exist."""

import re
import tomllib

import pytest
from doc_exceptions import NOT_RUN
from doc_exceptions import why_not_run
from doc_pages import ROOT
from doc_pages import blocks
from doc_pages import commands
from doc_pages import indented_blocks
from doc_pages import name_of
from doc_pages import pages

KINDS = {"sh", "console", "python", "csv", "text"}
PAGES = {name_of(page): page for page in pages()}
FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"build"}


@pytest.mark.parametrize("name", PAGES)
def test_every_block_says_what_it_holds(name):
    assert not indented_blocks(PAGES[name])
    for block in blocks(PAGES[name]):
        assert block.kind in KINDS, f"{name}:{block.line}"
        if block.kind == "text":
            assert not re.match(r"\$ |(mtc|python|tfds|make) ", block.text)


def test_what_is_not_run_stands_somewhere():
    found = {
        why_not_run(command)
        for page in PAGES.values()
        for command in commands(page)
    }
    assert set(NOT_RUN) <= found


@pytest.mark.parametrize("name", PAGES)
def test_paths_exist(name):
    """Paths of the repository in backticks; `NAME` stands for any."""
    text = PAGES[name].read_text("utf-8")
    paths = re.findall(r"`([\w.-]+/[\w./*-]*)`", text)
    missing = [
        path
        for path in paths
        if path.split("/")[0] in FOLDERS
        and not list(ROOT.glob(path.rstrip("/").replace("NAME", "*")))
    ]
    assert not missing


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name):
    """Those between files; `make docs` checks headings."""
    page = PAGES[name]
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    assert not [link for link in links if not (page.parent / link).exists()]


def test_readme_is_short():
    assert len(PAGES["README.md"].read_text("utf-8").splitlines()) < 175


def test_the_order_of_imports_is_the_one_that_is_held():
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    contracts = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    [block] = blocks(PAGES["docs/architecture.md"])
    lines = [re.split("  +", line)[0] for line in block.text.splitlines()]
    names = [set(re.findall(r"\w+", line)) for line in lines]
    held = [set(re.findall(r"\w+", layer)) for layer in contracts[0]["layers"]]
    assert names == held[::-1]
