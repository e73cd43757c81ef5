"""Reads captures for a dataset: once, also where a build was interrupted."""

import dataclasses
import hashlib
import uuid

import numpy as np

from mtc_tf.data.flow_labels import NO_LABELS
from mtc_tf.data.kept_arrays import SUFFIX
from mtc_tf.data.labelled_capture import LabelledCapture
from mtc_tf.data.packet_spool import PacketSpool
from mtc_tf.data.scanned_captures import ARRAYS
from mtc_tf.data.scanned_captures import ScannedCaptures
from mtc_tf.errors import InputError
from mtc_tf.packets import CaptureReport
from mtc_tf.packets import preprocess_capture
from mtc_tf.packets.byte_rows import select
from mtc_tf.packets.five_tuples import FiveTuples
from mtc_tf.packets.flows import flow_ids


def scan_captures(sources, folder):
    """Reads captures: what a worker does of a build before the division.

    What is found is kept in the folder, where the same captures are not read
    again.

    Args:
        sources: list of `CaptureSource`.
        folder: `pathlib.Path` or `epath.Path`, in which their spool gets a name
            of its own.

    Returns:
        `ScannedCaptures`.

    Raises:
        InputError: if a capture cannot be read, its packets cannot be stored,
            or two rows name one flow.
    """
    keys = "".join(source.key for source in sources)
    path = folder / f"{hashlib.sha256(keys.encode()).hexdigest()}{SUFFIX}"
    scanned = ScannedCaptures.kept(path, sources)
    if scanned is None:
        with _new_spool(folder) as spool:
            captures = [_read(source, spool) for source in sources]
        scanned = ScannedCaptures.keep(path, captures, spool)
    return scanned


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
            `scan_captures`.
    """
    if capture.spool.path.exists():
        return capture
    with _new_spool(capture.spool.path.parent) as spool:
        again = _read(capture.source, spool)
    for name in ARRAYS:
        if not np.array_equal(getattr(again, name), getattr(capture, name)):
            raise InputError(
                f"{capture.source.path} was changed while the dataset was built"
            )
    return dataclasses.replace(again, parts=capture.parts)


def _new_spool(folder):
    return PacketSpool(folder / f"{uuid.uuid4().hex}.spool")


def _read(source, spool):
    report = CaptureReport()
    blocks = []
    numbers = [np.empty(0, np.uint32)]
    sizes = [np.empty(0, np.uint16)]
    # Of each batch its flows, their labels, and the flow of each packet.
    flows = [np.empty(0, np.int64)]
    label_rows = [np.empty(0, np.int64)]
    flow_rows = []
    left_out = [np.empty(0, np.int64)]
    packets_left_out = 0
    for batch in _preprocessed(source, report):
        rows = _rows_of_packets(source.flow_labels, batch)
        unlabelled = batch.flows[rows == NO_LABELS]
        if len(unlabelled):
            packets_left_out += len(unlabelled)
            left_out.append(np.unique(unlabelled))
            batch = select(batch, rows != NO_LABELS)
            rows = rows[rows != NO_LABELS]
        if not len(batch):
            continue
        batch = _with_own_groups(batch, rows, source.flow_labels.labels)
        own, firsts, of_packets = np.unique(
            batch.flows, return_index=True, return_inverse=True
        )
        flows.append(own)
        label_rows.append(rows[firsts])
        flow_rows.append(of_packets.astype(np.int32))
        numbers.append(batch.numbers.astype(np.uint32))
        block, own_sizes = spool.add(batch)
        blocks.append(block)
        sizes.append(own_sizes)
    ends = np.cumsum(list(map(len, flows)))
    flows, firsts, rows = np.unique(
        np.concatenate(flows), return_index=True, return_inverse=True
    )
    of_batches = np.split(rows.astype(np.int32), ends)[1:-1]
    flow_rows = [
        own[of_packets]
        for own, of_packets in zip(of_batches, flow_rows, strict=True)
    ]
    return LabelledCapture(
        source,
        report,
        left_out={
            "flows": len(np.unique(np.concatenate(left_out))),
            "packets": packets_left_out,
        },
        numbers=np.concatenate(numbers),
        sizes=np.concatenate(sizes),
        flows=flows,
        flow_rows=np.concatenate([np.empty(0, np.int32), *flow_rows]),
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
