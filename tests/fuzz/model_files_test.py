"""The fuzzer of model files with a small budget, and that it finds faults."""

import json
import random

import pytest
from fuzz import model_files

from mtc_tf.errors import InputError


def test_damaged_files():
    assert sum(model_files.fuzz(count=1500, seed=0)) == 1500


@pytest.mark.parametrize("kind", model_files.KINDS)
def test_what_is_damaged_was_whole(kind, tmp_path):
    content = model_files.SOURCES[kind]
    if not isinstance(content, bytes):
        content = json.dumps(content).encode()
    model_files.KINDS[kind](tmp_path, content)


@pytest.mark.parametrize("kind", model_files.KINDS)
def test_most_damage_is_noticed(kind, tmp_path):
    generator = random.Random(0)
    noticed = 0
    for _ in range(40):
        try:
            model_files.KINDS[kind](
                tmp_path, model_files.damaged(kind, generator)
            )
        except InputError:
            noticed += 1
    assert noticed > 10


def test_same_seed_gives_the_same_files(monkeypatch):
    tried = []
    monkeypatch.setattr(
        model_files, "check_file", lambda *case: tried.append(case[:2])
    )
    for seed in (1, 1, 2):
        list(model_files.fuzz(count=50, seed=seed))
    assert tried[:50] == tried[50:100] != tried[100:]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (KeyError("x"), r"run.json 7b7d: KeyError\('x'\)"),
        (InputError("two\nlines"), "run.json 7b7d: unprintable: InputError"),
    ],
)
def test_failure_is_found(error, message, monkeypatch, tmp_path):
    def fail(*_):
        raise error

    monkeypatch.setattr(model_files, "load_run", fail)
    with pytest.raises(AssertionError, match=message):
        model_files.check_file("run.json", b"{}", tmp_path)
