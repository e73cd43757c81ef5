"""The notebooks of docs/, run from the first cell to the last."""

import os
import pathlib
import sys

import pytest

NOTEBOOKS = pathlib.Path(__file__).resolve().parents[1] / "docs/notebooks"
# The tag of cells whose output differs from run to run.
VARIES = "varies"


@pytest.mark.docs
@pytest.mark.parametrize(
    "path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem
)
def test_notebook_runs_and_shows_what_it_prints(path, monkeypatch):
    import nbformat
    from nbclient import NotebookClient

    # For `!mtc`, as in an activated environment.
    programs = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    monkeypatch.setenv("PATH", programs)
    shown = nbformat.read(path, as_version=4)
    received = nbformat.from_dict(shown)
    NotebookClient(
        received,
        timeout=240,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    compared = 0
    for before, after in zip(shown.cells, received.cells, strict=True):
        if VARIES not in before.metadata.get("tags", ()):
            assert _texts(after) == _texts(before), before.source
            compared += len(_texts(after))
    assert compared > 0


def _texts(cell):
    """What a cell prints and gives back, as texts."""
    return [
        output.get("text") or output["data"]["text/plain"]
        for output in cell.get("outputs", ())
        # What libraries note is not shown.
        if output.get("name") != "stderr"
    ]
