"""Packets and labels as plain arrays, for training without TensorFlow."""

import numpy as np

from mtc_tf.errors import first_line
from mtc_tf.packets import PACKET_LENGTH
from mtc_tf.tasks import MISSING_LABEL
from mtc_tf.tasks import PACKET_TASKS

# Classes of the paper's tasks (Table 1), for rows drawn at random.
PAPER_CLASSES = {"application": 17, "traffic_type": 12, "auxiliary": 6}


def read_arrays(path):
    """Reads an array file.

    Args:
        path: path of an `.npz` with `packets`, uint8 `(rows, 1500)`, and an
            integer array `(rows,)` for each task, `MISSING_LABEL` where a row
            has no label.

    Returns:
        tuple of the packets and a dict from task name to int32 labels. A task
        without any label is left out.

    Raises:
        ValueError: if an array is missing or has another shape or type.
    """
    names = ["packets", *(task.name for task in PACKET_TASKS)]
    arrays = _load(path)
    missing = [name for name in names if name not in arrays]
    if missing:
        raise ValueError(f"{path} has no array {', '.join(missing)}")
    packets, *labels = (arrays[name] for name in names)
    if packets.dtype != np.uint8 or packets.shape[1:] != (PACKET_LENGTH,):
        raise ValueError(
            f"`packets` of {path} must be uint8 (rows, {PACKET_LENGTH}). "
            f"Received: {packets.dtype} {packets.shape}."
        )
    for name, values in zip(names[1:], labels, strict=True):
        if values.shape != packets.shape[:1] or values.dtype.kind not in "iu":
            raise ValueError(
                f"`{name}` of {path} must be integers ({len(packets)},). "
                f"Received: {values.dtype} {values.shape}."
            )
    return packets, {
        name: values.astype(np.int32)
        for name, values in zip(names[1:], labels, strict=True)
        if (values != MISSING_LABEL).any()
    }


def _load(path):
    try:
        with np.load(path) as arrays:
            return dict(arrays)
    except OSError:
        raise
    except Exception as error:  # damaged files end in errors of many kinds
        raise ValueError(
            f"{path} cannot be read: {first_line(error)}"
        ) from error


def draw_arrays(rows):
    """Draws random packets and labels, in which there is nothing to learn.

    Args:
        rows: int.

    Returns:
        as `read_arrays`.
    """
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (rows, PACKET_LENGTH), np.uint8), {
        task: rng.integers(0, classes, rows, np.int32)
        for task, classes in PAPER_CLASSES.items()
    }


def shuffled_blocks(rows, batch_size, steps):
    """Yields blocks of batches without end, each epoch in another order.

    Rows that do not fill a batch are left out of that epoch.

    Args:
        rows: int. Number of rows, at least `batch_size`.
        batch_size: int. Rows of a batch.
        steps: int. Batches of a block; a block may span epochs.

    Yields:
        integer array `(steps, batch_size)`, the rows of each batch.
    """
    rng = np.random.default_rng(0)
    batches = []
    while True:
        order = rng.permutation(rows)[: rows // batch_size * batch_size]
        batches.extend(order.reshape(-1, batch_size))
        while len(batches) >= steps:
            yield np.stack(batches[:steps])
            batches = batches[steps:]
