"""Where the public captures lie, for the tests that use them.

They may not be redistributed, so they are not part of the repository.
"""

import pathlib

import pytest

SHARED = pathlib.Path(__file__).resolve().parents[2] / "shared" / "data"

requires_shared = pytest.mark.skipif(
    not SHARED.is_dir(),
    reason=f"the public captures are not beside the project ({SHARED.name})",
)
