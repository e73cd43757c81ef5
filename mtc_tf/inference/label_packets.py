"""A capture and a trained model -> labelled packets, or labelled flows."""

from mtc_tf.inference.capture_rows import flow_rows
from mtc_tf.inference.capture_rows import packet_rows
from mtc_tf.packets import preprocess_capture

# What a row can stand for.
ROWS = {"packet": packet_rows, "flow": flow_rows}


def label_capture(
    file, classifier, *, by="packet", name=None, report=None, progress=None
):
    """Labels the packets of a capture, or its flows.

    Packets are preprocessed as those that the model was trained on.

    Args:
        file: path of the capture, or binary file object (then `name` must be
            given).
        classifier: `TrafficClassifier` of packets.
        by: str. What a row stands for: `packet`, or `flow`.
        name: str. What the rows call the capture; by default its path.
        report: `CaptureReport`, filled in while the rows are drawn.
        progress: function that is told, batch by batch, how many packets were
            classified.

    Yields:
        list of dicts: rows as of `packet_rows` or `flow_rows`, with `capture`,
        time and 5-tuple, and for each task its class and
        `<task>_probability`. Never empty.

    Raises:
        InputError: if the capture cannot be read, or the model not be run.
        ValueError: if the model is one of records, or there are no such rows.
    """
    if classifier.facts.features:
        raise ValueError("`classifier` must be of packets. Received: records.")
    if by not in ROWS:
        raise ValueError(
            f"`by` must be one of {', '.join(ROWS)}. Received: by={by!r}."
        )
    batches = _classified(file, classifier, name, report, progress)
    yield from ROWS[by](name or file, batches, classifier.facts.tasks)


def _classified(file, classifier, name, report, progress):
    """Yields batches of packets, each with its probabilities."""
    for batch in preprocess_capture(
        file,
        name=name,
        recipe=classifier.facts.recipe,
        masks=classifier.facts.masks,
        report=report,
    ):
        yield batch, classifier.predict(batch.packets)
        if progress is not None:
            progress(len(batch))
