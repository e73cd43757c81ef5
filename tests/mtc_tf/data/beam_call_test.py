import pickle
import time

import pytest
from etils import epath

from mtc_tf.data import beam_call
from mtc_tf.data.beam_call import answer_beating
from mtc_tf.data.file_calls import result_of
from mtc_tf.data.worker_pool import read_jobs


@pytest.fixture
def call(tmp_path):
    """Writes a call, does it, and gives its result."""
    path = epath.Path(tmp_path / "7.call")

    def run(function, *arguments):
        path.write_bytes(pickle.dumps((function, None, arguments)))
        answer_beating(str(path))
        return pickle.loads(result_of(path).read_bytes())

    return run


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_the_function_returns(call, tmp_path):
    assert call(read_jobs, "12", "--jobs") == (12, None)
    assert _names(tmp_path) == ["7.call", "7.result"]


def test_error_of_the_input_is_a_result(call):
    answer, error = call(read_jobs, "none", "--jobs")
    assert answer is None
    assert "--jobs must be" in str(error)


def test_other_errors_are_for_the_runner(call, tmp_path):
    with pytest.raises(ValueError, match="non-negative"):
        call(time.sleep, -1)
    assert _names(tmp_path) == ["7.call", "7.failed"]


def test_call_that_is_done_is_left_alone(call):
    assert call(read_jobs, "1", "--jobs") == (1, None)
    assert call(read_jobs, "2", "--jobs") == (1, None)


def test_worker_says_that_it_is_there(call, tmp_path, monkeypatch):
    monkeypatch.setattr(beam_call, "_BEAT_SECONDS", 0.01)
    call(_wait_for_beats, tmp_path)
    assert _names(tmp_path) == ["7.call", "7.result"]


def _wait_for_beats(folder):
    begun = time.monotonic()
    texts = set()
    while len(texts) < 3 and time.monotonic() - begun < 60:
        texts.update(path.read_text() for path in folder.glob("7.*.beat"))
    assert len(texts) >= 3
