"""Rows of array files in the memory of the device that trains on them."""

import jax
import jax.numpy as jnp
import numpy as np

from mtc_tf.tasks import MISSING_LABEL

# Device memory that rows may take; the rest is for activations.
_SHARE_FOR_ROWS = 0.5


class DeviceRows:
    """Rows and labels of one part, of one array file or of several.

    Each batch is gathered on the device, where all rows lie as they are in the
    file (of packets one byte a value). Where they do not fit, the rows of a
    block of batches are sent before each block.

    Args:
        sources: list of `mtc_tf.data.array_file.ArrayFile`. One that is named
            twice is held once.
        part: str. `train` or `validation`.
        tasks: iterable of str. Names of the labels to hold.
        width: int. The first values of each row to hold.
    """

    def __init__(self, sources, part, tasks, width):
        self.offsets, arrays, start = {}, [], 0
        for source in sources:
            if id(source) in self.offsets:
                continue
            self.offsets[id(source)] = start
            rows = source.rows(part)[:, :width]
            start += len(rows)
            labels = {
                task: values.astype(np.int32)
                for task, values in source.columns(part, tasks).items()
            }
            arrays.append((rows, labels))
        [kind] = {source.kind.name for source in sources}
        [length] = {source.length for source in sources}
        self._kind, self._length = kind, length
        self._data = jax.tree.map(lambda *parts: np.concatenate(parts), *arrays)
        self.resident = _fits_on_device(self._data[0].nbytes)
        if self.resident:
            self._data = jax.device_put(self._data)

    def block(self, order):
        """Gets the rows of a block of batches ready.

        Args:
            order: integer array, the rows of each batch.

        Returns:
            tuple of what `batch` takes as `data`, and int32 array of the
            shape of `order`, what it takes as `rows`.
        """
        if self.resident:
            return self._data, order
        data = jax.tree.map(lambda array: array[order.ravel()], self._data)
        return data, np.arange(order.size, dtype=np.int32).reshape(order.shape)

    def batch(self, data, rows):
        """Gathers a batch, within a compiled program.

        Args:
            data, rows: as of `block`; `rows` of one batch.

        Returns:
            tuple `(inputs, targets, weights)` as of
            `mtc_tf.data.input_pipeline.read_part`.
        """
        values, labels = jax.tree.map(lambda array: array[rows], data)
        # What the file does not hold, and the model does not read.
        missing = [(0, 0)] * values.ndim
        missing[1] = (0, self._length - values.shape[1])
        values = jnp.pad(values, missing)
        targets = {
            task: jnp.maximum(values_of, 0)
            for task, values_of in labels.items()
        }
        weights = {
            task: (values_of != MISSING_LABEL).astype("float32")
            for task, values_of in labels.items()
        }
        return {self._kind: values}, targets, weights


def _fits_on_device(size):
    """Whether data of `size` bytes leaves room for the training."""
    statistics = jax.devices()[0].memory_stats()
    # A CPU gives none: its memory is the one that holds the data already.
    if not statistics or "bytes_limit" not in statistics:
        return True
    return size <= _SHARE_FOR_ROWS * statistics["bytes_limit"]
