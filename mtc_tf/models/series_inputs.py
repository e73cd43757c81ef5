"""What models of flows begin with: the columns of `series`, taken apart."""

import keras
from keras import ops

from mtc_tf.features.packet_series import DIRECTION
from mtc_tf.features.packet_series import GAP
from mtc_tf.features.packet_series import POSITION
from mtc_tf.features.packet_series import SERIES_BYTES
from mtc_tf.features.packet_series import SIZE
from mtc_tf.tasks import SERIES

# What `series_numbers` says of a packet.
NUMBERS = 3
# What brings logarithms to 1 at most: of 1500 bytes, of a second in
# microseconds, and of a position. Powers of 2, which float16 holds as they are.
_LOG_SIZE = 8.0
_LOG_GAP = 16.0
_LOG_POSITION = 8.0


def series_input(input_name, length):
    """Makes the input of a model of flows.

    Args:
        input_name: str. `series`; there is no other input with packets of a
            flow.
        length: int. Packets of a window.

    Returns:
        tuple of the model's inputs, a dict with `input_name`, and the input,
        float32 `(batch, length, 68)`.

    Raises:
        ValueError: if it is another input.
    """
    if input_name != SERIES.name:
        raise ValueError(
            f"`input_name` must be {SERIES.name!r}: nothing else has packets "
            f"of a flow. Received: input_name={input_name!r}."
        )
    series = keras.Input(
        SERIES.row_shape(length), dtype=SERIES.dtype, name=input_name
    )
    return {input_name: series}, series


def presence(series):
    """Tells packets from the zeros that fill up a window.

    Args:
        series: tensor `(batch, length, 68)`.

    Returns:
        float32 tensor `(batch, length)`: 1 where there is a packet, else 0.
    """
    return ops.cast(series[:, :, SIZE] > 0, "float32")


def packet_bytes(series):
    """Returns the first bytes of the packets, int32 `(batch, length, 64)`."""
    return ops.cast(series[:, :, :SERIES_BYTES], "int32")


def series_numbers(series):
    """Says of packets what is not in their bytes.

    Args:
        series: tensor `(batch, length, 68)`.

    Returns:
        float32 tensor `(batch, length, 3)`: the logarithm of the size, negative
        where the packet goes against the first one of the flow; those of the
        gap, in microseconds, and of the position. All are about 1 at most, and
        0 where there is no packet.
    """
    sizes = ops.log1p(series[:, :, SIZE]) / _LOG_SIZE
    signs = 1 - 2 * series[:, :, DIRECTION]
    # A TFLite file may keep its constants in float16, which ends at 65504; the
    # maximum keeps the two factors from being made one.
    milliseconds = ops.maximum(series[:, :, GAP] * 1000, 0)
    gaps = ops.log1p(milliseconds * 1000) / _LOG_GAP
    positions = ops.log1p(series[:, :, POSITION]) / _LOG_POSITION
    return ops.stack([signs * sizes, gaps, positions], axis=2)


def mean_of_present(values, is_present):
    """Averages over the packets that there are.

    Args:
        values: tensor `(batch, length, channels)`.
        is_present: float32 tensor `(batch, length)`.

    Returns:
        float32 tensor `(batch, channels)`; zeros where there is no packet.
    """
    weights = ops.expand_dims(is_present, 2)
    total = ops.sum(ops.cast(values, "float32") * weights, axis=1)
    return total / ops.maximum(ops.sum(weights, axis=1), 1.0)
