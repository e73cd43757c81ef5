"""Classified packets or windows -> rows for packets, or for flows."""

import ipaddress
import types

import numpy as np

from mtc_tf.features.flow_windows import FlowWindows
from mtc_tf.inference.answers import answers
from mtc_tf.inference.flow_means import FlowMeans
from mtc_tf.packets.five_tuples import FiveTuples
from mtc_tf.packets.five_tuples import address_text
from mtc_tf.runs.confidence import UNKNOWN

# A flow's row takes two kilobytes, as Python keeps it.
_ROWS_AT_ONCE = 1024
_PROTOCOLS = {6: "tcp", 17: "udp", 47: "gre", 50: "esp", 51: "ah", 132: "sctp"}
_NUMBERS = {name: number for number, name in _PROTOCOLS.items()}
_WITH_PORTS = ("tcp", "udp")
# The end of the year 9999: damaged captures name later times.
_LAST_MICROSECOND = 253_402_300_799_000_000


def packet_rows(capture, batches, tasks, highest=None):
    """Describes classified packets, one by one.

    Args:
        capture: path of the capture.
        batches: iterable of tuples of a `PacketBatch` and a dict from task
            name to array of probabilities `(packets, classes)`.
        tasks: dict from task name to list of class names.
        highest: float or None, as of `answers`.

    Yields:
        list of dicts, one for each packet of a batch: `capture`, `packet`
        (its position in the capture, from 0, counting every packet), `time`,
        the 5-tuple, and for each task its class and `<task>_probability`.
    """
    for batch, probabilities in batches:
        yield [
            {"capture": str(capture), "packet": number, **packet, **answer}
            for number, packet, answer in zip(
                batch.numbers.tolist(),
                _describe(batch, np.arange(len(batch))),
                answers(probabilities, tasks, highest),
                strict=True,
            )
        ]


def flow_rows(capture, batches, tasks, highest=None):
    """Describes the flows of classified packets.

    A flow's probabilities are the mean of those of its packets. Memory grows
    with the flows, by less than 300 bytes each (see `FlowMeans`), and neither
    with the packets nor with the rows.

    Args:
        capture: path of the capture.
        batches: iterable, as of `packet_rows`.
        tasks: dict from task name to list of class names.
        highest: float or None, as of `answers`; of the flow's mean.

    Yields:
        lists of dicts, as of `packet_rows` with `packets`, the number of the
        flow's packets, in the place of `packet`. Time and 5-tuple are those of
        the flow's first packet, which also gives the order.
    """
    means = FlowMeans(_widths(tasks, highest))
    for batch, probabilities in batches:
        means.answer(means.see(batch), probabilities)
    yield from _rows_of(capture, means, tasks, highest)


def window_rows(capture, batches, classifier, highest=None):
    """Classifies the windows of flows, and describes the flows.

    A window is classified as soon as it is full, or at the end of the capture;
    a flow's probabilities are the mean of those of its windows. Memory grows
    with the flows: by less than 350 bytes each, and by 720 more for each that
    has a window which is not full (of 10 packets; see `FlowWindows`).

    Args:
        capture: path of the capture.
        batches: iterable of `PacketBatch`.
        classifier: `TrafficClassifier` of flows.
        highest: as of `flow_rows`.

    Yields:
        lists of dicts, as of `flow_rows`. All packets of a flow are counted,
        also those behind its last window.
    """
    tasks = classifier.facts.tasks
    means = FlowMeans(_widths(tasks, highest))
    windows = FlowWindows(classifier.facts.packets_per_flow)
    for batch in batches:
        full = windows.add(
            means.see(batch),
            batch.packets,
            batch.timestamps,
            batch.from_upper,
            batch.numbers,
        )
        if len(full):
            means.answer(full.flows, classifier.predict(full.series))
    for part in windows.rest():
        means.answer(part.flows, classifier.predict(part.series))
    yield from _rows_of(capture, means, tasks, highest)


def five_tuples(rows):
    """Reads the 5-tuples of rows.

    Args:
        rows: list of dicts, as of `packet_rows` or `flow_rows`.

    Returns:
        `FiveTuples`, one for each row.
    """
    sources, destinations = (
        [ipaddress.ip_address(row[end]) for row in rows]
        for end in ("source", "destination")
    )
    protocols = [
        _NUMBERS.get(row["protocol"]) or int(row["protocol"]) for row in rows
    ]
    return FiveTuples(
        source_addresses=_bytes_of(sources),
        destination_addresses=_bytes_of(destinations),
        source_ports=_ports_of(rows, "source_port"),
        destination_ports=_ports_of(rows, "destination_port"),
        protocols=np.array(protocols, np.uint8),
        ip_versions=np.array([x.version for x in sources], np.uint8),
    )


def _bytes_of(addresses):
    packed = b"".join(address.packed.rjust(16, b"\0") for address in addresses)
    return np.frombuffer(packed, np.uint8).reshape(-1, 16)


def _ports_of(rows, name):
    return np.array([row[name] or 0 for row in rows], np.uint16)


def _widths(tasks, highest):
    """What a flow has a mean of."""
    widths = {task: len(names) for task, names in tasks.items()}
    return widths if highest is None else {**widths, UNKNOWN: 1}


def _rows_of(capture, means, tasks, highest):
    """Yields a row for each flow, some at once."""
    for first_packets, averages in means.parts(_ROWS_AT_ONCE):
        columns = {
            name: first_packets[name] for name in first_packets.dtype.names
        }
        yield [
            {"capture": str(capture), "packets": packets, **packet, **answer}
            for packets, packet, answer in zip(
                columns["count"].tolist(),
                _describe(
                    types.SimpleNamespace(**columns),
                    np.arange(len(first_packets)),
                ),
                answers(averages, tasks, highest),
                strict=True,
            )
        ]


def _describe(batch, rows):
    """Time and 5-tuple of these rows of a batch, as a list of dicts."""
    times = _iso_times(batch.microseconds[rows])
    return [
        {"time": time, **_five_tuple(batch, row)}
        for time, row in zip(times, rows.tolist(), strict=True)
    ]


def _iso_times(microseconds):
    within = np.clip(microseconds, 0, _LAST_MICROSECOND)
    times = within.astype("datetime64[us]")
    return np.datetime_as_string(times, timezone="UTC").tolist()


def _five_tuple(batch, row):
    version, number = batch.ip_versions[row], int(batch.protocols[row])
    protocol = _PROTOCOLS.get(number, str(number))
    source_port = destination_port = None
    if protocol in _WITH_PORTS:
        source_port = int(batch.source_ports[row])
        destination_port = int(batch.destination_ports[row])
    return {
        "source": address_text(batch.source_addresses[row], version),
        "source_port": source_port,
        "destination": address_text(batch.destination_addresses[row], version),
        "destination_port": destination_port,
        "protocol": protocol,
    }
