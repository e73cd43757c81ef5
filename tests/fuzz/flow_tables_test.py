import pytest
from fuzz import flow_tables


def test_damaged_tables_are_read_or_refused(capsys):
    assert flow_tables.main(["--count=400", "--seed=12"]) == 0
    read = int(capsys.readouterr().out.split()[2])
    assert 40 < read < 360


def test_seed_and_number_give_the_same_input():
    assert flow_tables.make_input(3, 4) == flow_tables.make_input(3, 4)
    inputs = {flow_tables.make_input(3, number)[1] for number in range(50)}
    assert len(inputs) > 40


@pytest.mark.parametrize(
    "error", [ValueError("no"), flow_tables.InputError("two\nlines")]
)
def test_input_that_fails_is_kept(error, monkeypatch, tmp_path, capsys):
    def fail(path):
        raise error

    monkeypatch.setattr(flow_tables, "SAVED", tmp_path / "fuzz")
    monkeypatch.setattr(flow_tables, "open_flow_table", fail)
    monkeypatch.setattr(flow_tables.tabular, "open_flow_table", fail)
    assert flow_tables.main(["--count=3", "--seed=5"]) == 1
    [path] = (tmp_path / "fuzz").iterdir()
    assert path.read_bytes() == flow_tables.make_input(5, 0)[1]
    assert "seed 5, number 0: " in capsys.readouterr().err
