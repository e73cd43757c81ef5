"""The fuzzer of record tables with a small budget, and that it finds faults."""

import random

import pytest
from fuzz import record_tables

from mtc_tf.errors import InputError


def test_damaged_tables():
    assert sum(record_tables.fuzz(count=400, seed=12)) == 400


def test_some_are_read_and_some_refused():
    rng = random.Random(3)
    tables = [record_tables.make_table(rng) for _ in range(60)]
    read = [record_tables.check_table(*table) for table in tables]
    assert 5 < sum(read) < 50


def test_same_seed_gives_the_same_tables(monkeypatch):
    tried = []
    monkeypatch.setattr(
        record_tables, "check_table", lambda *table: tried.append(table)
    )
    for seed in (1, 1, 2):
        list(record_tables.fuzz(count=50, seed=seed))
    assert tried[:50] == tried[50:100] != tried[100:]
    assert len(set(tried)) > 80


@pytest.mark.parametrize("is_large", [True, False])
@pytest.mark.parametrize("error", [ValueError("no"), InputError("two\nlines")])
def test_failure_is_found(error, is_large, monkeypatch):
    def fail(path):
        raise error

    monkeypatch.setattr(record_tables, "open_record_table", fail)
    monkeypatch.setattr(record_tables.tabular, "open_record_table", fail)
    with pytest.raises(AssertionError, match=f"table {b'a,b'.hex()}: "):
        record_tables.check_table(is_large, b"a,b")
