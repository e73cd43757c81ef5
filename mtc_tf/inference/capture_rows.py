"""Classified packets -> rows for packets, and what rows of flows share."""

import ipaddress

import numpy as np

from mtc_tf.inference.answers import answers
from mtc_tf.packets.five_tuples import PROTOCOL_NAMES
from mtc_tf.packets.five_tuples import PROTOCOLS
from mtc_tf.packets.five_tuples import FiveTuples
from mtc_tf.packets.five_tuples import address_text
from mtc_tf.packets.five_tuples import protocol_name
from mtc_tf.packets.frame_times import within_calendar

_NUMBERS = {name: number for number, name in PROTOCOL_NAMES.items()}


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
                describe(batch, np.arange(len(batch))),
                answers(probabilities, tasks, highest),
                strict=True,
            )
        ]


def five_tuples(rows):
    """Reads the 5-tuples of rows.

    Args:
        rows: list of dicts, as of `packet_rows` or `FlowRows`.

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


def describe(batch, rows):
    """Describes packets.

    Args:
        batch: `PacketBatch`, or what has its columns of times and 5-tuples.
        rows: int array of shape `(packets,)`. Which packets.

    Returns:
        list of dicts: `time`, and the 5-tuple.
    """
    times = _iso_times(batch.microseconds[rows])
    return [
        {"time": time, **_five_tuple(batch, row)}
        for time, row in zip(times, rows.tolist(), strict=True)
    ]


def _iso_times(microseconds):
    times = within_calendar(microseconds).astype("datetime64[us]")
    return np.datetime_as_string(times, timezone="UTC").tolist()


def _five_tuple(batch, row):
    version, number = batch.ip_versions[row], int(batch.protocols[row])
    source_port = destination_port = None
    if number in PROTOCOLS:
        source_port = int(batch.source_ports[row])
        destination_port = int(batch.destination_ports[row])
    return {
        "source": address_text(batch.source_addresses[row], version),
        "source_port": source_port,
        "destination": address_text(batch.destination_addresses[row], version),
        "destination_port": destination_port,
        "protocol": protocol_name(number),
    }
