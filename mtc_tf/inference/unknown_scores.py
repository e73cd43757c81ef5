"""How little a row looks like the classes that a model knows.

Each score is a number for each row, high for what is unknown. `SCORE` is the
one that exports and `mtc classify --reject` go by.
"""

import numpy as np
from keras import ops

MAXIMUM_PROBABILITY = "maximum_probability"
ENERGY = "energy"
CLASS_DISTANCE = "class_distance"
SCORES = (MAXIMUM_PROBABILITY, ENERGY, CLASS_DISTANCE)
# The best on the validation part, by `benchmarks/unknown_traffic.py`.
SCORE = CLASS_DISTANCE


def maximum_probability(probabilities):
    """Returns what the most probable class lacks to certainty.

    Args:
        probabilities: tensor `(batch, classes)`, those of the model with its
            temperature.

    Returns:
        tensor `(batch,)`, from 0 to 1.
    """
    return 1.0 - ops.max(probabilities, axis=1)


def energy(logits):
    """Returns the energy of a row (Liu et al., 2020).

    Minus the logarithm of the sum of the exponentials of the logits: low where
    a class stands out, and where all of them do.

    Args:
        logits: list of tensors `(batch, classes)`, one for each member.

    Returns:
        tensor `(batch,)`, the mean over the members.
    """
    energies = []
    for values in logits:
        # Written out: the operation of TensorFlow has ones in it that no
        # export of this package has.
        highest = ops.max(values, axis=1, keepdims=True)
        sums = ops.sum(ops.exp(values - highest), axis=1)
        energies.append(-(highest[:, 0] + ops.log(sums)))
    return sum(energies[1:], energies[0]) / len(energies)


def class_distance(features, classes):
    """Returns the squared distance to the nearest class.

    Choice: the distance of Mahalanobis with one covariance for all classes, to
    the nearest class mean (Lee et al., 2018). What varies much within classes
    counts little.

    Args:
        features: list of tensors `(batch, channels)`, one for each member.
        classes: list of `mtc_tf.runs.confidence.ClassDistance`, one for each
            member.

    Returns:
        tensor `(batch,)`, the mean over the members of the squared distance
        over the channels; a row as far from its class as others of it has 1.
    """
    distances = []
    for values, known in zip(features, classes, strict=True):
        # Both near 0 before they are stretched, for the sake of rounding.
        center = known.means.mean(axis=0)
        white = ops.matmul(values - center, known.whitening)
        means = (known.means - center) @ known.whitening
        apart = ops.expand_dims(white, 1) - means[np.newaxis]
        # (batch, classes)
        squares = ops.mean(ops.square(apart), axis=2)
        distances.append(ops.min(squares, axis=1))
    return sum(distances[1:], distances[0]) / len(distances)


def score_of(name, probabilities, readings, classes):
    """Computes one of the scores.

    Args:
        name: str, one of `SCORES`.
        probabilities: tensor `(batch, classes)`, as of `maximum_probability`.
        readings: `mtc_tf.models.head_reader.HeadReadings`.
        classes: as of `class_distance`, which alone looks at them.

    Returns:
        tensor `(batch,)`.
    """
    if name == MAXIMUM_PROBABILITY:
        return maximum_probability(probabilities)
    if name == ENERGY:
        return energy(readings.logits)
    return class_distance(readings.features, classes)
