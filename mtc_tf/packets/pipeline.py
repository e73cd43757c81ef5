"""From a capture to batches of preprocessed packets."""

import numpy as np

from mtc_tf.packets.capture import read_capture
from mtc_tf.packets.capture_files import capture_name
from mtc_tf.packets.capture_report import REASONS
from mtc_tf.packets.capture_report import CaptureReport
from mtc_tf.packets.fields import check_names
from mtc_tf.packets.link_headers import UNREAD
from mtc_tf.packets.link_names import link_type_name
from mtc_tf.packets.packet_batch import PacketBatch
from mtc_tf.packets.preprocessing import CODES
from mtc_tf.packets.preprocessing import KEPT
from mtc_tf.packets.preprocessing import preprocess

# In one warning.
_MAX_NAMES = 20


def preprocess_capture(
    file, *, name=None, recipe="strict", masks=(), group="", report=None
):
    """Preprocesses the packets of one capture, in the order of the capture.

    Args:
        file: path, or binary file object (then `name` must be given).
        name: str. The capture's name; by default from the path.
        recipe: str. One of `RECIPES`.
        masks: names of further fields to set to zero, out of `MASKS`.
        group: str. The group of the capture, part of the flow ids.
        report: `CaptureReport`, filled in while the batches are drawn.

    Yields:
        `PacketBatch`, never empty.

    Raises:
        InputError: the file cannot be opened, is empty, or is no capture.

    Paper: Section 3.2.1.
    """
    report = CaptureReport() if report is None else report
    report.capture = name or capture_name(file)
    batches = preprocess_frames(
        read_capture(file, name, report.warnings),
        recipe=recipe,
        masks=masks,
        group=group,
        report=report,
    )
    yield from filter(len, batches)


def preprocess_frames(batches, *, recipe, masks, report, group=""):
    """Preprocesses frames, from wherever they come.

    Args:
        batches: iterable of `FrameBatch`.
        recipe: as of `preprocess_capture`.
        masks: as of `preprocess_capture`.
        report: `CaptureReport`, filled in while the batches are drawn.
        group: as of `preprocess_capture`.

    Yields:
        `PacketBatch`, one for each of the batches; it may be empty.

    Paper: Section 3.2.1.
    """
    check_names(recipe, masks)
    unknown_link_types, unread_headers = set(), set()
    for frames in batches:
        chunk = preprocess(frames, recipe, masks)
        _count(report, chunk)
        unknown = chunk.reasons == CODES["unknown_link_type"]
        unknown_link_types.update(frames.link_types[unknown].tolist())
        unread = chunk.reasons == CODES["unread_link_header"]
        unread_headers.update(chunk.ethertypes[unread].tolist())
        yield PacketBatch.from_chunk(frames, chunk, group)
    if unknown_link_types:
        report.warnings.append(
            "packets of unknown link types were dropped: "
            + _listed([link_type_name(n) for n in sorted(unknown_link_types)])
        )
    if unread_headers:
        report.warnings.append(
            "packets behind link headers that are not read were dropped: "
            + _listed(sorted({UNREAD[kind] for kind in unread_headers}))
        )


def _listed(names):
    """Joins names; a damaged capture can have thousands of link types."""
    others = len(names) - _MAX_NAMES
    listed = ", ".join(names[:_MAX_NAMES])
    return f"{listed} and {others} others" if others > 0 else listed


def _count(report, chunk):
    counts = np.bincount(chunk.reasons, minlength=len(CODES) + 1).tolist()
    report.read += len(chunk.reasons)
    report.kept += counts[KEPT]
    report.truncated += int(chunk.ip.truncated.sum())
    for reason in REASONS:
        count = counts[CODES[reason]]
        if count:
            report.dropped[reason] = report.dropped.get(reason, 0) + count
