"""Flow ids: both directions of one 5-tuple."""

import numpy as np

from mtc_tf.packets.hashing import hash64
from mtc_tf.packets.hashing import hash_text


def flow_ids(
    source_addresses,
    destination_addresses,
    source_ports,
    destination_ports,
    protocols,
    ip_versions,
    group="",
):
    """Gives each packet the id of its flow.

    The two ends are put in order before they are hashed, so that both
    directions get one id. Packets without ports (ESP, GRE, ...) have ports 0.

    Args:
        source_addresses: uint8 array of shape `(packets, 16)`; an IPv4
            address stands in the last four bytes, behind zeros.
        destination_addresses: uint8 array of shape `(packets, 16)`.
        source_ports: uint16 array of shape `(packets,)`.
        destination_ports: uint16 array of shape `(packets,)`.
        protocols: uint8 array of shape `(packets,)`.
        ip_versions: uint8 array of shape `(packets,)`. Keeps `1.2.3.4` and
            `::1.2.3.4` apart.
        group: str. The group of the capture. The same private addresses in
            two unrelated captures are two flows; in two captures of one
            group, which show one conversation, they are one.

    Returns:
        int64 array of shape `(packets,)`, 0 <= id < 2**63: stable across
        machines, runs, and versions of this package.
    """
    source = _end(source_addresses, source_ports)  # (3, packets)
    destination = _end(destination_addresses, destination_ports)
    # As in `from_upper_end`.
    swap = _greater(source, destination)
    *lower_address, lower_port = np.where(swap, destination, source)
    *upper_address, upper_port = np.where(swap, source, destination)
    rest = lower_port << 32 | upper_port << 16
    rest |= protocols.astype(np.uint64) << 8 | ip_versions

    ids = np.full(len(protocols), hash_text(group), np.uint64)
    for column in (*lower_address, *upper_address, rest):
        ids = hash64(column, seed=ids)
    return (ids >> np.uint64(1)).view(np.int64)


def from_upper_end(
    source_addresses, destination_addresses, source_ports, destination_ports
):
    """Tells the two directions of a flow apart.

    Args:
        source_addresses: uint8 array of shape `(packets, 16)`.
        destination_addresses: uint8 array of shape `(packets, 16)`.
        source_ports: uint16 array of shape `(packets,)`.
        destination_ports: uint16 array of shape `(packets,)`.

    Returns:
        bool array of shape `(packets,)`: whether the sender has the higher
        address, or of equal ones the higher port. Equal for two packets of a
        flow that go the same way, different for two that do not.
    """
    return _greater(
        _end(source_addresses, source_ports),
        _end(destination_addresses, destination_ports),
    )


def _end(addresses, ports):
    """One end of the flow as three columns: two address halves, the port."""
    halves = np.ascontiguousarray(addresses).view(">u8")  # (packets, 2)
    return np.stack([halves[:, 0], halves[:, 1], ports]).astype(np.uint64)


def _greater(left, right):
    """Compares two ends column by column, as tuples compare."""
    high, low, port = left > right
    same_high, same_low = left[:2] == right[:2]
    return high | same_high & (low | same_low & port)
