"""The score above which a row is answered `unknown`."""

from mtc_tf.errors import InputError
from mtc_tf.runs.confidence import threshold

# Share of the traffic that it knows which the model of the package answers with
# `unknown`, where no other is asked for.
SHIPPED_RATE = 0.1


def highest_score(facts, rate, of):
    """Finds the score that rows may have and still get their classes.

    Args:
        facts: `mtc_tf.runs.model_facts.ModelFacts`.
        rate: float above 0 and below 1. The share of traffic that the model
            knows, that of the validation part, that may be rejected.
        of: str. What has the score: `row`, or `flow`.

    Returns:
        float.

    Raises:
        InputError: if it is no such share, or the model has no such scores.
    """
    if not 0 < rate < 1:
        raise InputError(
            f"reject: expected a share above 0 and below 1, received {rate!r}"
        )
    if of not in facts.unknown:
        raise InputError(
            f"the model has no score of unknown traffic by {of}: run `mtc "
            "evaluate` on the run, and export it again"
        )
    return threshold(facts.unknown[of], rate)
