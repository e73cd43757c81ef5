"""Preprocessed packets with what is known beside the bytes."""

import dataclasses

import numpy as np

from mtc_tf.packets.flows import flow_ids
from mtc_tf.packets.flows import from_upper_end


@dataclasses.dataclass(frozen=True)
class PacketBatch:
    """Kept packets of one capture; arrays with one entry for each packet.

    A batch owns its arrays: it stays as it is when the next one is drawn.

    Args:
        packets: uint8 array of shape `(packets, 1500)`.
        row_lengths: int64 array. Bytes of each of them before the zeros that
            fill it up.
        timestamps: float64 array. Seconds since 1970.
        microseconds: int64 array. The same times, to be printed: rounded once
            from what the capture states.
        lengths: int32 array. Bytes on the wire, link header included.
        flows: int64 array. Ids of the flows, 63 bits.
        numbers: int64 array. Position in the capture, from 0, counting every
            packet read.
        source_addresses: uint8 array of shape `(packets, 16)`; an IPv4 address
            in the last four bytes, behind zeros.
        destination_addresses: uint8 array of shape `(packets, 16)`.
        ip_versions: uint8 array. 4 or 6.
        source_ports: uint16 array, 0 where there are none.
        destination_ports: uint16 array.
        protocols: uint8 array. What IP carries: 6 for TCP, 17 for UDP.
    """

    packets: np.ndarray
    row_lengths: np.ndarray
    timestamps: np.ndarray
    microseconds: np.ndarray
    lengths: np.ndarray
    flows: np.ndarray
    numbers: np.ndarray
    source_addresses: np.ndarray
    destination_addresses: np.ndarray
    ip_versions: np.ndarray
    source_ports: np.ndarray
    destination_ports: np.ndarray
    protocols: np.ndarray

    def __len__(self):
        return len(self.packets)

    @property
    def from_upper(self):
        """bool array. As of `mtc_tf.packets.flows.from_upper_end`."""
        return from_upper_end(
            self.source_addresses,
            self.destination_addresses,
            self.source_ports,
            self.destination_ports,
        )

    @classmethod
    def from_chunk(cls, frames, preprocessed, group):
        """Adds to the rows of a chunk what is known of their frames.

        Args:
            frames: `FrameBatch`.
            preprocessed: `Preprocessed`, made of `frames`.
            group: str. The group of the capture.

        Returns:
            `PacketBatch`.
        """
        ip, transport = preprocessed.ip, preprocessed.transport
        kept = preprocessed.kept
        ends = flow_ends(ip, transport)
        return cls(
            packets=preprocessed.packets,
            row_lengths=preprocessed.row_lengths,
            timestamps=frames.timestamps[kept],
            microseconds=frames.microseconds[kept],
            lengths=frames.wire_lengths[kept],
            flows=flow_ids(**ends, group=group),
            numbers=frames.first_number + kept,
            **ends,
        )


def flow_ends(ip, transport):
    """Reads what tells the flows of packets apart.

    Args:
        ip: `IPPackets`, addresses included.
        transport: `TransportPackets` of the same packets.

    Returns:
        dict of arrays, named as in `PacketBatch`.
    """
    return {
        "source_addresses": _addresses(ip, ipv4=12, ipv6=8),
        "destination_addresses": _addresses(ip, ipv4=16, ipv6=24),
        "source_ports": transport.source_ports.astype(np.uint16),
        "destination_ports": transport.destination_ports.astype(np.uint16),
        "protocols": ip.protocols,
        "ip_versions": ip.versions,
    }


def _addresses(ip, ipv4, ipv6):
    """Reads the addresses that begin at these columns of the headers."""
    addresses = np.zeros((len(ip.headers), 16), np.uint8)
    addresses[:, 12:] = ip.headers[:, ipv4 : ipv4 + 4]
    others = np.flatnonzero(ip.versions != 4)
    addresses[others] = ip.headers[others, ipv6 : ipv6 + 16]
    return addresses
