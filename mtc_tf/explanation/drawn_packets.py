"""Packets of a part, drawn so that long flows do not rule."""

import numpy as np

from mtc_tf.evaluation.baselines.sampling import draw_rows

_READ_ROWS = 4096


def drawn_packets(builder, part, flows, count):
    """Draws packets at random, at most 16 of a flow.

    So each flow comes as often as `fw16` counts it, and fw16 of the draw is its
    macro F1.

    Args:
        builder: a builder from `load_builder`.
        part: str. `train`, `validation` or `test`.
        flows: int array `(rows,)`. The flow of each row of the part.
        count: int. The most packets.

    Returns:
        tuple of the rows that were drawn, int array `(drawn,)`, and what stands
        there, uint8 array `(drawn, 1500)`.
    """
    from mtc_tf.data.input_pipeline import read_part

    chosen = draw_rows(flows, most=count)
    packets, start = [], 0
    for inputs, _, _ in read_part(builder, part, (), _READ_ROWS):
        [rows] = inputs.values()
        end = start + len(rows)
        first, last = np.searchsorted(chosen, [start, end])
        packets.append(rows.numpy()[chosen[first:last] - start])
        start = end
    return chosen, np.concatenate(packets)
