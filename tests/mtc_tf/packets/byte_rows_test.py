"""Rows of bytes: read, cut and put together again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtc_tf.packets.byte_rows import join_rows
from mtc_tf.packets.byte_rows import read_bytes
from mtc_tf.packets.byte_rows import read_numbers
from mtc_tf.packets.byte_rows import read_uint16
from mtc_tf.packets.byte_rows import row_lengths

places = st.tuples(st.integers(0, 80), st.integers(-5, 30))


@given(st.lists(places, max_size=40), st.integers(1, 20))
def test_bytes_behind_the_end_are_zeros(places, width):
    data = np.arange(1, 101, dtype=np.uint8)
    starts = np.array([start for start, _ in places], np.int64)
    ends = np.array([start + length for start, length in places], np.int64)
    expected = [
        bytes(data[start : max(start, min(end, start + width))]).ljust(
            width, b"\0"
        )
        for start, end in zip(starts, ends, strict=True)
    ]
    received = read_bytes(data, starts, ends, width)
    assert received.shape == (len(places), width)
    assert [row.tobytes() for row in received] == expected


@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_numbers(byte_order):
    numbers = (np.arange(5) + 2**24 + 7).astype(f"{byte_order}u4")
    data = np.concatenate([np.zeros(3, np.uint8), numbers.view(np.uint8)])
    received = read_numbers(data, np.array([3, 11]), 2, byte_order)
    assert received.tolist() == [
        numbers[:2].tolist(),
        numbers[2:4].tolist(),
    ]
    rows = numbers.astype(">u4").view(np.uint8).reshape(-1, 4)
    assert read_uint16(rows, 2).tolist() == [7, 8, 9, 10, 11]
    assert read_uint16(rows, 1).tolist() == [0] * 5


contents = st.lists(st.binary(max_size=24), max_size=300)


@given(contents)
def test_rows_are_joined_in_their_order(contents):
    rows = np.zeros((len(contents), 24), np.uint8)
    for row, content in zip(rows, contents, strict=True):
        row[: len(content)] = list(content)
    lengths = np.array(list(map(len, contents)), np.int64)
    content, ends = join_rows(rows, lengths)
    assert content.tobytes() == b"".join(contents)
    assert ends.tolist() == [0, *np.cumsum(lengths)]


@given(contents, st.data())
def test_lengths_of_rows(contents, data):
    rows = np.zeros((len(contents), 24), np.uint8)
    for row, content in zip(rows, contents, strict=True):
        row[: len(content)] = list(content)
    expected = [len(content.rstrip(b"\0")) for content in contents]
    most = [data.draw(st.integers(max(x, 1), 24)) for x in expected]
    received = row_lengths(rows, np.array(most, np.int64))
    assert received.tolist() == expected
