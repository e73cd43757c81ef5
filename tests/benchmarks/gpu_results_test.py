import pytest

from benchmarks.gpu_results import Results


def test_what_an_earlier_start_has_finished_is_known(tmp_path):
    path = tmp_path / "results.jsonl"
    results = Results(path)
    results.add({"name": "a", "finished": True})
    results.add({"name": "b", "finished": False})
    results.add({"name": "c", "finished": False})
    results.add({"name": "c", "finished": True})
    results = Results(path)
    assert [results.has(name) for name in "abcd"] == [True, False, True, False]


def test_a_result_is_a_line(tmp_path):
    path = tmp_path / "results.jsonl"
    Results(path).add({"name": "a", "f1": 0.5})
    assert path.read_text() == '{"name": "a", "f1": 0.5}\n'


def test_no_number_is_an_error_and_not_written(tmp_path):
    path = tmp_path / "results.jsonl"
    with pytest.raises(ValueError, match="not JSON compliant"):
        Results(path).add({"name": "a", "f1": float("nan")})
    assert not path.exists()
