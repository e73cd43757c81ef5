import pytest
from small_arrays import write_small_arrays

from benchmarks.gpu_plan import plan
from mtc_tf.commands import train_flags


@pytest.fixture
def groups(tmp_path):
    for name in ("paper", "flow", "lite0", "lite1"):
        write_small_arrays(tmp_path / f"{name}.npz")

    def make(rehearse):
        return plan(
            tmp_path,
            tmp_path / "out",
            networks=3,
            precision="float32",
            rehearse=rehearse,
        )

    return make


def test_most_important_first(groups):
    names = [group.name for group in groups(rehearse=False)]
    assert names[:4] == [
        "lite0",
        "lite1",
        "mtc/paper/0",
        "transformer/paper/0",
    ]
    assert names[10] == "mtc_recipe/flow"
    assert len(names) == 2 + 8 + 1 + 16
    assert len(groups(rehearse=False)[0].lines) == 3


@pytest.mark.parametrize("rehearse", [False, True])
def test_every_command_line_is_one(groups, rehearse):
    workdirs = set()
    for group in groups(rehearse):
        for line in group.lines:
            train_flags.parse(line)
            train_flags.check()
            workdirs.add(train_flags.FLAGS.workdir)
            assert train_flags.FLAGS.epochs == 1 or not rehearse
    assert len(workdirs) == 2 * 3 + 8 + 1 + 16
