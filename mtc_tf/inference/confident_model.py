"""A Keras model that says how sure it can be, and what it does not know."""

from keras import ops

from mtc_tf.errors import InputError
from mtc_tf.inference.unknown_scores import SCORES
from mtc_tf.inference.unknown_scores import score_of
from mtc_tf.models.head_reader import head_reader
from mtc_tf.runs.confidence import UNKNOWN

# Least probability that a logarithm is taken of.
LEAST_PROBABILITY = 1e-12


def confident(model, confidence):
    """Gives a model its temperatures and the output `unknown`.

    Args:
        model: a Keras model of this package.
        confidence: `mtc_tf.runs.confidence.Confidence`.

    Returns:
        callable. The model's inputs, a dict of tensors -> dict from task name
        to probabilities `(batch, classes)`, and from `unknown` to the score
        `(batch,)`, all float32.

    Raises:
        InputError: if the score is none that this version knows, or the model
            has no head to compute it of.
    """
    if confidence.score not in SCORES:
        raise InputError(
            f"the score {confidence.score!r} of unknown traffic is none of "
            f"{', '.join(SCORES)}, which this version knows; run `mtc "
            "evaluate` again"
        )
    read = head_reader(model, confidence.task)

    def answer(inputs):
        readings = read(inputs)
        answers = {
            task: with_temperature(probabilities, confidence.temperatures[task])
            for task, probabilities in readings.probabilities.items()
        }
        return {
            **answers,
            UNKNOWN: score_of(
                confidence.score,
                answers[confidence.task],
                readings,
                confidence.classes,
            ),
        }

    return answer


def with_temperature(probabilities, temperature):
    """Divides logits by a temperature.

    The logarithms of a softmax's probabilities are its logits but for a number
    that is the same for all classes. The mean of several members has them too.

    Args:
        probabilities: tensor `(batch, classes)`.
        temperature: float, above 0. At 1 nothing changes.

    Returns:
        tensor `(batch, classes)`.
    """
    if temperature == 1:
        return probabilities
    logits = ops.log(ops.maximum(probabilities, LEAST_PROBABILITY))
    return ops.softmax(logits / temperature, axis=-1)
