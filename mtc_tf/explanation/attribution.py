"""What each byte of a packet adds to a model's answer."""

import dataclasses

import keras
import numpy as np

from mtc_tf.explanation.gradients import gradient_function
from mtc_tf.explanation.integrated_gradients import choose_steps
from mtc_tf.explanation.integrated_gradients import completeness_error
from mtc_tf.explanation.integrated_gradients import integrated_gradients

# Bounds the memory: with its gradients a packet takes some 16 MB inside the
# full model.
PACKETS_PER_BATCH = 32


@dataclasses.dataclass(frozen=True)
class Attributions:
    """What the bytes of packets add to the answers of one task.

    Explained is the probability of the class that the model answers, against
    that of the same class on the baseline.

    Args:
        answers: int array `(rows,)`. The classes.
        differences: float array `(rows,)`. How much more probable the packet
            makes its class.
        by_byte: float array `(rows, bytes)`.
        by_number: float array `(rows, fields)`, of header fields that the
            model takes as numbers, beside the bytes; without columns if it
            takes none.
        steps: int. Points of the line.
    """

    answers: np.ndarray
    differences: np.ndarray
    by_byte: np.ndarray
    by_number: np.ndarray
    steps: int

    @property
    def error(self):
        """float. How far they are from adding up, as `completeness_error`."""
        sums = self.by_byte.sum(axis=1) + self.by_number.sum(axis=1)
        return completeness_error(sums, self.differences)


def mean_entries(model, packets):
    """Makes the baseline: what the average packet is to the model.

    Choice: the mean, not zeros. What all packets have in common tells none of
    their classes, and gets nothing. With it the shares follow more closely what
    the fields cost (docs/what_decides.md). Bytes that a model looks up in a
    table have no average value, but an average vector.

    Args:
        model: `OpenedModel`.
        packets: uint8 array `(rows, length)`, one row at least.

    Returns:
        list of float tensors `(1, …)`, one for each entry.
    """
    total = None
    for start in range(0, len(packets), PACKETS_PER_BATCH):
        batch = packets[start : start + PACKETS_PER_BATCH]
        sums = [
            keras.ops.sum(entry, axis=0, keepdims=True)
            for entry in model.read_entries(keras.ops.convert_to_tensor(batch))
        ]
        if total is not None:
            sums = [x + y for x, y in zip(total, sums, strict=True)]
        total = sums
    return [entry / len(packets) for entry in total]


def attribute(model, task, baseline, packets, progress):
    """Attributes the answers to packets.

    As many steps are taken as the completeness of a sample asks for.

    Args:
        model: `OpenedModel`.
        task: str.
        baseline: list of tensors, as of `mean_entries`.
        packets: uint8 array `(rows, length)`, one row at least.
        progress: callable. It is told of each batch how many rows it had.

    Returns:
        `Attributions`.
    """

    def explained(entries, classes):
        probabilities = model.answer_entries(entries)[task]
        chosen = keras.ops.one_hot(classes, probabilities.shape[1])
        return keras.ops.sum(probabilities * chosen, axis=1)

    gradients = gradient_function(explained)

    def attributions(packets, steps):
        entries = model.read_entries(keras.ops.convert_to_tensor(packets))
        classes = keras.ops.argmax(model.answer_entries(entries)[task], axis=1)
        start = [keras.ops.repeat(x, len(packets), axis=0) for x in baseline]
        differences = explained(entries, classes) - explained(start, classes)
        found = integrated_gradients(
            gradients, baseline, entries, [classes], steps
        )
        return Attributions(
            keras.ops.convert_to_numpy(classes),
            keras.ops.convert_to_numpy(differences),
            *_by_byte_and_number(model, found),
            steps,
        )

    sample = packets[:: -(-len(packets) // PACKETS_PER_BATCH)]
    steps = choose_steps(lambda steps: attributions(sample, steps).error)
    batches = []
    for start in range(0, len(packets), PACKETS_PER_BATCH):
        batch = packets[start : start + PACKETS_PER_BATCH]
        batches.append(attributions(batch, steps))
        progress(len(batch))
    return Attributions(
        *(
            np.concatenate([getattr(batch, name) for batch in batches])
            for name in ("answers", "differences", "by_byte", "by_number")
        ),
        steps,
    )


def _by_byte_and_number(model, found):
    """Adds up members, channels and bins."""
    members, rows = len(model.backbones), len(found[0])
    by_byte = sum(found[:members])
    if by_byte.ndim > 2:
        by_byte = by_byte.sum(axis=2)
    by_number = np.zeros((rows, 0), "float32")
    if found[members:]:
        [numbers] = found[members:]
        by_number = numbers.reshape(rows, model.num_fields, -1).sum(axis=2)
    return by_byte, by_number
