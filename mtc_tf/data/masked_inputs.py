"""The inputs of a prepared dataset with fields of their packets set to zero."""

from mtc_tf.errors import InputError
from mtc_tf.features.packet_series import mask_series
from mtc_tf.packets.row_bits import mask_rows
from mtc_tf.tasks import PACKET
from mtc_tf.tasks import SERIES

_MASKED = {PACKET.name: mask_rows, SERIES.name: mask_series}


def mask_inputs(kind, rows, masks):
    """Sets fields of the packets of an input to zero.

    The rows are then those of packets that were preprocessed with these masks.

    Args:
        kind: `mtc_tf.tasks.ModelInput`, of packets or windows.
        rows: array `(rows, …)` of it.
        masks: iterable of str. Out of `mtc_tf.packets.MASKS`.

    Returns:
        array like `rows`.
    """
    return _MASKED[kind.name](rows, masks)


def check_masks(name, kind, masks):
    """Refuses masks of what has no header fields.

    Args:
        name: str. What messages call the dataset.
        kind: `mtc_tf.tasks.ModelInput`.
        masks: iterable of str.

    Raises:
        InputError: if there are masks, and no packets.
    """
    if masks and kind.name not in _MASKED:
        raise InputError(
            f"--masks zeroes header fields and payload of packets, and {name} "
            f"holds {kind.name}; received: --masks={','.join(masks)}"
        )
