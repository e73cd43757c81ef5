"""A capture and a trained model -> labelled packets, or labelled flows."""

from mtc_tf.errors import InputError
from mtc_tf.inference.capture_rows import packet_rows
from mtc_tf.inference.flow_rows import FlowRows
from mtc_tf.inference.rejection import highest_score
from mtc_tf.packets import preprocess_capture
from mtc_tf.runs.confidence import FLOW
from mtc_tf.runs.confidence import ROW

# What a row can stand for.
ROWS = ("packet", "flow")


def label_capture(
    file,
    classifier,
    *,
    by=None,
    reject=None,
    name=None,
    report=None,
    progress=None,
):
    """Labels the packets of a capture, or its flows.

    Packets are preprocessed as those that the model was trained on.

    Args:
        file: path of the capture, or binary file object (then `name` must be
            given).
        classifier: `TrafficClassifier` of packets or of flows.
        by: str. What a row stands for: `packet`, or `flow`. By default what
            the model answers.
        reject: float. The share of known traffic that may be answered
            `unknown`, as of `highest_score`; by default all rows get classes.
        name: str. What the rows call the capture; by default its path.
        report: `CaptureReport`, filled in while the rows are drawn.
        progress: function that is told, batch by batch, how many packets were
            read.

    Yields:
        list of dicts: rows as of `packet_rows` or `FlowRows`, with `capture`,
        time and 5-tuple, and for each task its class and
        `<task>_probability`, or `unknown` and None. Never empty.

    Raises:
        InputError: if the capture cannot be read, the model not be run, or the
            model does not answer for packets or tells nothing unknown.
        ValueError: if the model is one of records, or there are no such rows.
    """
    facts = classifier.facts
    if facts.features:
        raise ValueError("`classifier` must be of packets. Received: records.")
    if by not in (None, *ROWS):
        raise ValueError(
            f"`by` must be one of {', '.join(ROWS)}. Received: by={by!r}."
        )
    check_rows(facts, by)
    of_flows = by == "flow" or facts.packets_per_flow
    highest = None
    if reject is not None:
        highest = highest_score(facts, reject, FLOW if of_flows else ROW)
    batches = _preprocessed(file, facts, name, report, progress)
    if of_flows:
        yield from FlowRows(name or file, classifier, highest).of(batches)
        return
    classified = (
        (batch, classifier.predict(batch.packets)) for batch in batches
    )
    yield from packet_rows(name or file, classified, facts.tasks, highest)


def check_rows(facts, by):
    """Refuses rows that a model of packets or of flows does not answer for.

    Args:
        facts: `ModelFacts`.
        by: str or None, as of `label_capture`.

    Raises:
        InputError: if there are none.
    """
    if facts.packets_per_flow and by == "packet":
        raise InputError(
            "the model answers for flows, by windows of "
            f"{facts.packets_per_flow} packets: expected --by=flow, received "
            "--by=packet"
        )


def _preprocessed(file, facts, name, report, progress):
    """Yields batches of packets; tells how many behind each."""
    for batch in preprocess_capture(
        file,
        name=name,
        recipe=facts.recipe,
        masks=facts.masks,
        report=report,
    ):
        yield batch
        if progress is not None:
            progress(len(batch))
