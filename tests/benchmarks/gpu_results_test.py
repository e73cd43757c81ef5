import pytest

from benchmarks.gpu_results import Results


def test_results_of_an_earlier_start_are_known(tmp_path):
    path = tmp_path / "results.jsonl"
    Results(path).add({"name": "a", "f1": 0.5})
    results = Results(path)
    assert results.has("a")
    assert not results.has("b")
    results.add({"name": "b"})
    assert path.read_text() == '{"name": "a", "f1": 0.5}\n{"name": "b"}\n'


def test_no_number_is_an_error_and_not_written(tmp_path):
    path = tmp_path / "results.jsonl"
    with pytest.raises(ValueError, match="not JSON compliant"):
        Results(path).add({"name": "a", "f1": float("nan")})
    assert not path.exists()
