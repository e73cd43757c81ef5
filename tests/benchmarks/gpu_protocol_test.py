import json

import pytest
from backend_process import WITHOUT_TENSORFLOW
from backend_process import run_under
from small_arrays import write_small_arrays

REHEARSAL = (
    WITHOUT_TENSORFLOW
    + "from benchmarks import gpu_protocol\ngpu_protocol.main()"
)


def test_rehearsal_does_all_of_it_and_goes_on_behind_a_cut(tmp_path):
    pytest.importorskip("jax", reason="jax is not installed")
    for name in ("paper", "flow", "lite0", "lite1"):
        width = 64 if name.startswith("lite") else 1500
        write_small_arrays(tmp_path / f"{name}.npz", width=width)
    arguments = (
        *("-c", REHEARSAL, "--rehearse", "--batch_size=8"),
        *(f"--arrays={tmp_path}", f"--output={tmp_path / 'out'}"),
    )
    run_under("jax", *arguments)
    path = tmp_path / "out/results.jsonl"
    results = [json.loads(line) for line in path.read_text().splitlines()]
    names = [result["name"] for result in results]
    assert names[:3] == [
        "speed/float32",
        "speed/tensorfloat32",
        "speed/mixed_bfloat16",
    ]
    # Two networks, and their mean, of each seed of the split.
    assert names[3:9] == ["lite0"] * 3 + ["lite1"] * 3
    assert [result["seed"] for result in results[3:6]] == [0, 1, "all"]
    assert len(names) == len(set(names)) + 4 == 3 + 6 + 8 + 1 + 16
    for result in results[3:]:
        assert 0 <= result["test"]["application_macro_f1"] <= 1
        assert 0 <= result["test"]["fw16"] <= 1
    # As if it had been cut behind the first seed of the protocol.
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))
    printed = run_under("jax", *arguments)
    assert "mtc_2task/flow/2: at most" in printed
    assert printed.count(": at most") == 1
    again = path.read_text().splitlines()
    assert len(again) == len(lines)
    # The run was finished: its figures are what they were.
    assert json.loads(again[-1])["test"] == json.loads(lines[-1])["test"]
