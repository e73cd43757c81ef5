"""Reads a capture for a dataset: once, also where a build was interrupted."""

import dataclasses
import uuid

import numpy as np

from mtc_tf.data.flow_labels import NO_LABELS
from mtc_tf.data.kept_arrays import SUFFIX
from mtc_tf.data.kept_arrays import keep_arrays
from mtc_tf.data.kept_arrays import kept_arrays
from mtc_tf.data.labelled_capture import LabelledCapture
from mtc_tf.data.packet_spool import Block
from mtc_tf.data.packet_spool import PacketSpool
from mtc_tf.errors import InputError
from mtc_tf.packets import CaptureReport
from mtc_tf.packets import preprocess_capture
from mtc_tf.packets.byte_rows import select
from mtc_tf.packets.five_tuples import FiveTuples
from mtc_tf.packets.flows import flow_ids

_ARRAYS = ("numbers", "sizes", "flows", "flow_rows", "label_rows")


def scan_capture(source, folder):
    """Reads one capture: what a worker does of a build before the division.

    What is found is kept in the folder, where the same capture is not read
    again.

    Args:
        source: `CaptureSource`.
        folder: `pathlib.Path` or `epath.Path`, in which the spool gets a name
            of its own.

    Returns:
        `LabelledCapture`.

    Raises:
        InputError: if the capture cannot be read, its packets cannot be
            stored, or two rows name one flow.
    """
    capture = _kept(source, folder)
    if capture is None:
        capture = _read(source, folder)
        _keep(capture, folder)
    return capture


def with_packets(capture):
    """Reads a capture again if its packets are gone.

    That is so where a build was interrupted when it did not need them any
    more, and is gone on with otherwise.

    Args:
        capture: `LabelledCapture`, divided.

    Returns:
        `LabelledCapture` whose spool is there.

    Raises:
        InputError: if the capture is not what it was, and as of
            `scan_capture`.
    """
    if capture.spool.path.exists():
        return capture
    again = _read(capture.source, capture.spool.path.parent)
    for name in _ARRAYS:
        if not np.array_equal(getattr(again, name), getattr(capture, name)):
            raise InputError(
                f"{capture.source.path} was changed while the dataset was built"
            )
    return dataclasses.replace(again, parts=capture.parts)


def _read(source, folder):
    report = CaptureReport()
    blocks = []
    numbers = [np.empty(0, np.uint32)]
    sizes = [np.empty(0, np.uint16)]
    flows = [np.empty(0, np.int64)]
    label_rows = [np.empty(0, np.int64)]
    left_out = [np.empty(0, np.int64)]
    spool = PacketSpool(folder / f"{uuid.uuid4().hex}.spool")
    with spool:
        for batch in _preprocessed(source, report):
            rows = _rows_of_packets(source.flow_labels, batch)
            left_out.append(batch.flows[rows == NO_LABELS])
            if len(left_out[-1]):
                batch = select(batch, rows != NO_LABELS)
                rows = rows[rows != NO_LABELS]
            if not len(batch):
                continue
            batch = _with_own_groups(batch, rows, source.flow_labels.labels)
            label_rows.append(rows)
            numbers.append(batch.numbers.astype(np.uint32))
            flows.append(batch.flows)
            block, own_sizes = spool.add(batch)
            blocks.append(block)
            sizes.append(own_sizes)
    flows, firsts, rows = np.unique(
        np.concatenate(flows), return_index=True, return_inverse=True
    )
    left_out = np.concatenate(left_out)
    return LabelledCapture(
        source,
        report,
        left_out={
            "flows": len(np.unique(left_out)),
            "packets": len(left_out),
        },
        numbers=np.concatenate(numbers),
        sizes=np.concatenate(sizes),
        flows=flows,
        flow_rows=rows.astype(np.int32),
        label_rows=np.concatenate(label_rows)[firsts],
        spool=spool,
        blocks=blocks,
    )


def _preprocessed(source, report):
    with source.path.open("rb") as file:
        yield from preprocess_capture(
            file,
            name=source.name,
            recipe=source.recipe,
            group=source.flow_labels.labels[0].group,
            report=report,
        )


def _rows_of_packets(flow_labels, batch):
    """The row of labels of each packet, looked for once for each flow."""
    _, firsts, flows = np.unique(
        batch.flows, return_index=True, return_inverse=True
    )
    return flow_labels.rows_of(FiveTuples.of_packets(batch, firsts))[flows]


def _with_own_groups(batch, rows, labels):
    """Gives flows of other groups than the first the ids of their own."""
    flows = batch.flows.copy()
    groups = [own.group for own in labels]
    for group in set(groups) - {groups[0]}:
        places = [n for n, other in enumerate(groups) if other == group]
        own = np.flatnonzero(np.isin(rows, places))
        ends = vars(FiveTuples.of_packets(batch, own))
        flows[own] = flow_ids(**ends, group=group)
    return dataclasses.replace(batch, flows=flows)


def _keep(capture, folder):
    arrays = {name: getattr(capture, name) for name in _ARRAYS}
    keep_arrays(
        folder / f"{capture.source.key}{SUFFIX}",
        arrays,
        {
            "report": capture.report.as_dict(),
            "left_out": capture.left_out,
            "spool": capture.spool.path.name,
            "blocks": list(map(dataclasses.astuple, capture.blocks)),
            "seal": capture.spool.seal,
        },
    )


def _kept(source, folder):
    """What was found before in a capture; None if it has to be read."""
    kept = kept_arrays(folder / f"{source.key}{SUFFIX}")
    if kept is None:
        return None
    arrays, about = kept
    spool = PacketSpool(folder / about["spool"])
    # One that was read to its end is gone.
    if spool.path.exists() and not spool.is_whole(about["seal"]):
        return None
    return LabelledCapture(
        source,
        CaptureReport(**about["report"]),
        left_out=about["left_out"],
        **arrays,
        spool=spool,
        blocks=[Block(*block) for block in about["blocks"]],
    )
