"""Classified packets and flows as events of Suricata's EVE JSON."""

from mtc_tf.inference.capture_rows import five_tuples
from mtc_tf.packets.flows import flow_ids
from mtc_tf.printable import json_line

# Suricata's ids have as many bits, since JavaScript has no more for a number.
_ID_MASK = 2**51 - 1
_NAMES = {
    "source": "src_ip",
    "source_port": "src_port",
    "destination": "dest_ip",
    "destination_port": "dest_port",
}
_OF_EVENTS = ("capture", "time", "packet", "protocol", *_NAMES)


def write_eve(blocks, file, *, is_live=False):
    """Writes each row as an event on a line of its own, in ASCII.

    The fields are those of Suricata: `timestamp`, `flow_id`, `in_iface` or
    `pcap_filename`, `event_type`, both ends and `proto`; of a flow its start,
    of a packet `pcap_cnt`, which counts from 1. What the model answers, and how
    many packets of a flow it has looked at, stands under `mtc`. An end without
    a port has none.

    Choice: the timestamp of a flow is that of its first packet, too. Ids tell
    5-tuples apart, both directions alike; Suricata gives others.

    Args:
        blocks: iterable of lists of dicts, as of `label_frames`.
        file: text file.
        is_live: bool. Whether the packets come from an interface.
    """
    source = "in_iface" if is_live else "pcap_filename"
    for block in blocks:
        ids = flow_ids(**vars(five_tuples(block))) & _ID_MASK
        for row, number in zip(block, ids.tolist(), strict=True):
            file.write(json_line(_event(row, number, source)) + "\n")
        file.flush()


def _event(row, number, source):
    is_flow = "packets" in row
    timestamp = row["time"].removesuffix("Z") + "+0000"
    event = {
        "timestamp": timestamp,
        "flow_id": number,
        source: row["capture"],
        "event_type": "flow" if is_flow else "packet",
        **{
            name: row[key]
            for key, name in _NAMES.items()
            if row[key] is not None
        },
        "proto": _protocol(row["protocol"]),
    }
    if is_flow:
        event["flow"] = {"start": timestamp}
    else:
        event["pcap_cnt"] = row["packet"] + 1
    event["mtc"] = {
        key: value for key, value in row.items() if key not in _OF_EVENTS
    }
    return event


def _protocol(name):
    """As Suricata writes it: a number has three digits."""
    return f"{int(name):03}" if name.isdecimal() else name.upper()
