"""The rows of a part, as far as shallow models look at them."""

import numpy as np

from mtc_tf.evaluation.baselines.inputs import PACKET_BYTES
from mtc_tf.tasks import PACKET

_READ_ROWS = 4096


def read_rows(builder, part, chosen=None):
    """Reads the input of a part, in its order on disk, in bounded memory.

    Args:
        builder: a builder from `load_builder`.
        part: str. `train`, `validation` or `test`.
        chosen: int array `(rows,)`, ascending: the rows to keep; by default
            all.

    Returns:
        dict from name to array of `(rows, …)`: the input, of packets their
        first 100 bytes beside their `length` on the wire.
    """
    from mtc_tf.data import input_pipeline

    kind = input_pipeline.model_input(builder)
    read, start = [], 0
    for inputs, _, _ in input_pipeline.read_part(builder, part, (), _READ_ROWS):
        rows = inputs[kind.name].numpy()
        if chosen is not None:
            places = np.searchsorted(chosen, [start, start + len(rows)])
            start += len(rows)
            rows = rows[chosen[slice(*places)] - (start - len(rows))]
        if kind is PACKET:
            # A copy: the batch does not stay in memory.
            rows = rows[:, :PACKET_BYTES].copy()
        read.append(rows)
    result = {kind.name: np.concatenate(read)}
    if kind is PACKET:
        columns = input_pipeline.read_columns(builder, part, ["length"])
        result |= {
            name: values if chosen is None else values[chosen]
            for name, values in columns.items()
        }
    return result
