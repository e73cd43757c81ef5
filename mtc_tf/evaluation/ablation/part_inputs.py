"""The inputs of a part, as packets and back."""

import numpy as np

from mtc_tf.features.packet_series import SERIES_BYTES
from mtc_tf.features.packet_series import SIZE
from mtc_tf.tasks import SERIES

_READ_ROWS = 4096


def read_inputs(builder, part):
    """Reads the inputs of a part whole.

    Args:
        builder: a builder from `load_builder`, of packets or windows.
        part: str.

    Returns:
        dict from the name of the input to array `(rows, …)`; of packets also
        `length`, that on the wire, which shallow models look at.
    """
    from mtc_tf.data import input_pipeline

    name = input_pipeline.model_input(builder).name
    batches = [
        inputs[name].numpy()
        for inputs, _, _ in input_pipeline.read_part(
            builder, part, (), _READ_ROWS
        )
    ]
    rows = {name: np.concatenate(batches)}
    if name == SERIES.name:
        return rows
    return rows | input_pipeline.read_columns(builder, part, ["length"])


def packets_of(inputs):
    """Gives the bytes of all packets of inputs, and their lengths.

    Args:
        inputs: dict, of `read_inputs`.

    Returns:
        tuple of a uint8 array `(packets, bytes)` and an array `(packets,)`.
        Where a window has no packet there are zeros.
    """
    if SERIES.name not in inputs:
        return inputs["packet"], inputs["length"]
    windows = inputs[SERIES.name]
    rows = windows[..., :SERIES_BYTES].reshape(-1, SERIES_BYTES)
    return rows.astype(np.uint8), windows[..., SIZE].reshape(-1)


def with_packets(inputs, rows, sizes):
    """Puts other packets in the place of those of inputs.

    Choice: a packet of a window without its length counts as one byte, since 0
    says that there is none.

    Args:
        inputs: dict, of `read_inputs`.
        rows: uint8 array `(packets, bytes)`.
        sizes: array `(packets,)`.

    Returns:
        dict as `inputs`.
    """
    if SERIES.name not in inputs:
        return {"packet": rows, "length": sizes}
    windows = inputs[SERIES.name].copy()
    is_packet = windows[..., SIZE] > 0
    windows[..., :SERIES_BYTES] = rows.reshape(*windows.shape[:2], -1)
    sizes = sizes.reshape(windows.shape[:2])
    windows[..., SIZE] = np.where(is_packet, np.maximum(sizes, 1), 0)
    return {SERIES.name: windows}


def changed_rows(inputs, others):
    """Says which rows of inputs differ from others.

    Args:
        inputs, others: dicts, of `read_inputs`.

    Returns:
        bool array `(rows,)`.
    """
    return np.any(
        [
            (values != others[name]).reshape(len(values), -1).any(axis=1)
            for name, values in inputs.items()
        ],
        axis=0,
    )
