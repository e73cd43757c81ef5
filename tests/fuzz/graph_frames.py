"""Frames that are nearly right, through the graph and through NumPy.

    PYTHONPATH=tests python -m fuzz.graph_frames --count=1000000 --seed=1

makes and damages frames as `fuzz.frames` does, and compares each row and drop
reason of the TensorFlow graph with those of `preprocess`. What raises or
differs is printed in hex.
"""

import functools
import random
import sys

import numpy as np
from fuzz import command_line
from fuzz.frames import drawn_records

from mtc_tf.packets.frame_batch import FrameBatch
from mtc_tf.packets.preprocessing import KEPT
from mtc_tf.packets.preprocessing import preprocess

# Recipe and masks. Each pair is traced once, which takes seconds.
VARIANTS = (
    ("strict", ("ip.id", "ip.ttl", "transport.ports", "tcp.seq", "payload")),
    ("paper", ()),
)


def fuzz(count, seed):
    """Yields how many frames were tried; see `command_line.run`."""
    chunks = drawn_records(random.Random(seed), count)
    for number, records in enumerate(chunks):
        frames, link_types, _ = map(list, zip(*records, strict=True))
        check_frames(frames, link_types, *VARIANTS[number % len(VARIANTS)])
        yield len(records)


def check_frames(frames, link_types, recipe, masks):
    """Raises `AssertionError` where the graph differs from NumPy.

    Args:
        frames: list of bytes.
        link_types: list of int.
        recipe: str.
        masks: tuple of str.
    """
    # Of frames that are cut off only the reason can differ: the graph does not
    # know their length on the wire.
    chunk = FrameBatch.from_records(
        frames,
        ticks=[0] * len(frames),
        wire_lengths=list(map(len, frames)),
        interfaces=[(link_type, 1) for link_type in link_types],
    )
    expected = preprocess(chunk, recipe, masks)
    rows, reasons = graph(recipe, masks)(frames, link_types)
    same = reasons.numpy() == expected.reasons
    same[expected.kept] &= (
        rows.numpy()[expected.kept] == expected.packets
    ).all(axis=1)
    for place in np.flatnonzero(~same):
        raise AssertionError(
            f"recipe {recipe}, masks {masks}, link type {link_types[place]}, "
            f"frame {frames[place].hex()}: reason {reasons[place]} of the "
            f"graph, {expected.reasons[place]} expected; "
            f"{np.count_nonzero(~same)} frames differ"
        )
    return np.count_nonzero(expected.reasons == KEPT)


@functools.cache
def graph(recipe, masks):
    """The graph, as a function of frames and link types."""
    import tensorflow as tf

    from mtc_tf.frame_graph.preprocessing import preprocess as in_graph

    @tf.function(
        input_signature=[
            tf.TensorSpec((None,), tf.string),
            tf.TensorSpec((None,), tf.int32),
        ],
        autograph=False,
    )
    def rows_and_reasons(frames, link_types):
        result = in_graph(frames, link_types, recipe, masks)
        return result.rows, result.reasons

    return rows_and_reasons


if __name__ == "__main__":
    sys.exit(command_line.run(__doc__, fuzz))
