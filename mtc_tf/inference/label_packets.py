"""A capture and a trained model -> labelled packets, or labelled flows."""

from mtc_tf.errors import InputError
from mtc_tf.inference.capture_rows import packet_rows
from mtc_tf.inference.flow_limits import FlowLimits
from mtc_tf.inference.flow_rows import FlowRows
from mtc_tf.inference.rejection import highest_score
from mtc_tf.packets import CaptureReport
from mtc_tf.packets import capture_name
from mtc_tf.packets.capture import read_capture
from mtc_tf.packets.capture_clock import CaptureClock
from mtc_tf.packets.pipeline import preprocess_frames
from mtc_tf.runs.confidence import FLOW
from mtc_tf.runs.confidence import ROW

# What a row can stand for.
ROWS = ("packet", "flow")
_LIMITS = FlowLimits()


def label_capture(file, classifier, *, name=None, report=None, **arguments):
    """Labels the packets of a capture, or its flows.

    Packets are preprocessed as those that the model was trained on.

    Args:
        file: path of the capture, or binary file object (then `name` must be
            given).
        classifier: `RowClassifier` of packets or of flows.
        name: str. What the rows call the capture; by default its path.
        report: `CaptureReport`, filled in while the rows are drawn.
        **arguments: `by`, `reject`, `limits` and `progress`, as of
            `label_frames`.

    Yields:
        as `label_frames`.

    Raises:
        InputError: if the capture cannot be read, and as of `label_frames`.
        ValueError: as of `label_frames`.
    """
    report = CaptureReport() if report is None else report
    report.capture = name or capture_name(file)
    yield from label_frames(
        read_capture(file, name, report.warnings),
        name or file,
        classifier,
        report=report,
        **arguments,
    )


def label_frames(
    batches,
    name,
    classifier,
    *,
    report,
    by=None,
    reject=None,
    limits=_LIMITS,
    progress=None,
):
    """Labels packets, or their flows, while the frames come.

    Args:
        batches: iterable of `FrameBatch`; an empty one says that time passes.
        name: str or path. What the rows call the capture.
        classifier: `RowClassifier` of packets or of flows.
        report: `CaptureReport`, filled in while the rows are drawn.
        by: str. What a row stands for: `packet`, or `flow`. By default what
            the model answers.
        reject: float. The share of known traffic that may be answered
            `unknown`, as of `highest_score`; by default all rows get classes.
        limits: `FlowLimits`, where rows stand for flows.
        progress: function that is told, batch by batch, how many packets were
            kept.

    Yields:
        list of dicts: rows as of `packet_rows` or `FlowRows`, with `capture`,
        time and 5-tuple, and for each task its class and
        `<task>_probability`, or `unknown` and None. Never empty.

    Raises:
        InputError: if the model cannot be run, does not answer for packets or
            tells nothing unknown; and what drawing the frames raises, after
            the rows of those that came.
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
    clock, errors = CaptureClock(), []
    packets = _preprocessed(
        clock.watch(_until_error(batches, errors)), facts, report, progress
    )
    if of_flows:
        rows = FlowRows(name, classifier, highest, limits)
        yield from rows.of(packets, lambda: clock.now)
    else:
        classified = (
            (batch, classifier.predict(batch.packets))
            for batch in packets
            if len(batch)
        )
        yield from packet_rows(name, classified, facts.tasks, highest)
    if errors:
        raise errors[0]


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


def _until_error(batches, errors):
    """Ends where drawing frames fails: what was decided is not lost."""
    try:
        yield from batches
    except InputError as error:
        errors.append(error)


def _preprocessed(batches, facts, report, progress):
    """Yields batches of packets; tells how many behind each."""
    for batch in preprocess_frames(
        batches, recipe=facts.recipe, masks=facts.masks, report=report
    ):
        yield batch
        if progress is not None and len(batch):
            progress(len(batch))
