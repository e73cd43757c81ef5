"""The division of captures: what one worker does when all are read."""

import dataclasses
import hashlib

import numpy as np

from mtc_tf.data.capture_counts import CaptureCounts
from mtc_tf.data.capture_split import CaptureSplit
from mtc_tf.data.capture_windows import count_windows
from mtc_tf.data.capture_windows import leave_out_unseen
from mtc_tf.data.splits import PARTS


@dataclasses.dataclass(frozen=True)
class Division:
    """What became of all captures; no integer a packet is in it.

    Args:
        scans: list of `ScannedCaptures`, with their parts.
        counts: list of `CaptureCounts`, one for each capture.
        by_flow: as of `CaptureSplit`.
        digests: dict from part to SHA-256 of which packets it holds, in hex.
        nbytes: dict from part to what its packets take, without the zeros that
            fill up their rows.
        windows: dict from part to how many windows of flows it has; None of
            packets.
    """

    scans: list
    counts: list
    by_flow: list
    digests: dict
    nbytes: dict
    windows: dict | None


def divide_captures(scans, split, seed, packets_per_flow=None):
    """Divides captures, one after the other; writes the part of each packet.

    Args:
        scans: list of `ScannedCaptures`, by the names of their captures.
        split: str. As of `CaptureSplit`.
        seed: int. As of `CaptureSplit`.
        packets_per_flow: int. Packets of a window of a flow: no cap leaves any
            out, but a flow has `MOST_WINDOWS` at most. None for packets.

    Returns:
        `Division`.

    Raises:
        InputError: if the parts cannot be written.
    """
    rule = CaptureSplit(scans, split, seed, cap=packets_per_flow is None)
    divided, counts = [], []
    digests = {part: hashlib.sha256() for part in PARTS}
    nbytes = dict.fromkeys(PARTS, 0)
    windows = dict.fromkeys(PARTS, 0)
    for scan in scans:
        captures = scan.captures()
        for capture in captures:
            capture.parts = rule.parts_of(capture)
            if packets_per_flow:
                leave_out_unseen(capture, packets_per_flow)
            counts.append(CaptureCounts.of(capture))
            for index, part in enumerate(PARTS):
                chosen = capture.parts == index
                _add_rows(digests[part], capture, chosen)
                nbytes[part] += int(capture.sizes[chosen].sum(dtype=np.int64))
                if packets_per_flow:
                    windows[part] += count_windows(
                        capture, index, packets_per_flow
                    )
        parts = {capture.name: capture.parts for capture in captures}
        divided.append(scan.with_parts(parts))
    return Division(
        divided,
        counts,
        rule.by_flow,
        {part: digest.hexdigest() for part, digest in digests.items()},
        nbytes,
        windows if packets_per_flow else None,
    )


def _add_rows(digest, capture, chosen):
    digest.update(f"{capture.name}/{chosen.sum()}".encode())
    flows = capture.flows[capture.flow_rows[chosen]]
    digest.update(capture.numbers[chosen].astype("<u4").tobytes())
    digest.update(flows.astype("<i8").tobytes())
