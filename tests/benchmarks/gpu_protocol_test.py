import json

import pytest
from backend_process import WITHOUT_TENSORFLOW
from backend_process import run_under
from small_arrays import write_small_arrays

# A part of it, which takes a minute or two; `gpu_plan_test` checks the command
# lines of all.
_REHEARSAL = (
    WITHOUT_TENSORFLOW
    + """
from benchmarks import gpu_protocol

plan = gpu_protocol.plan

def part(*args, **kwargs):
    names = "lite0", "transformer/paper/0"
    return [group for group in plan(*args, **kwargs) if group.name in names]

gpu_protocol.plan = part
gpu_protocol.PRECISIONS = ["mixed_bfloat16"]
gpu_protocol.main()
"""
)


def test_rehearsal_goes_on_behind_a_cut(tmp_path):
    pytest.importorskip("jax", reason="jax is not installed")
    write_small_arrays(tmp_path / "lite0.npz", width=64)
    for name in ("paper", "flow"):
        write_small_arrays(tmp_path / f"{name}.npz")
    arguments = (
        *("-c", _REHEARSAL, "--rehearse", "--batch_size=8"),
        *(f"--arrays={tmp_path}", f"--output={tmp_path / 'out'}"),
    )
    printed = run_under("jax", *arguments)
    assert "lite0: at most about " in printed
    path = tmp_path / "out/results.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    speed, *results = map(json.loads, lines)
    assert speed["name"] == "speed/mixed_bfloat16"
    assert speed["device"] == "cpu"
    assert speed["samples_per_second"] > 0
    # Two networks and their mean, and one model alone.
    assert [result["name"] for result in results] == [
        *["lite0"] * 3,
        "transformer/paper/0",
    ]
    assert [result["seed"] for result in results] == [0, 1, "all", 0]
    for result in results:
        assert result["finished"]
        assert 0 <= result["test"]["application_macro_f1"] <= 1
        assert 0 <= result["test"]["fw16"] <= 1

    # As if it had been cut before the last line.
    path.write_text("".join(lines[:-1]))
    printed = run_under("jax", *arguments)
    assert "lite0: at most" not in printed
    *kept, again = path.read_text().splitlines(keepends=True)
    assert kept == lines[:-1]
    # The run was finished: its figures are what they were.
    assert json.loads(again)["test"] == results[-1]["test"]
