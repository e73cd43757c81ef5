"""The 5-tuples of flows."""

import dataclasses
import ipaddress

import numpy as np

# Those of which a flow has ports.
PROTOCOLS = {6: "tcp", 17: "udp"}
PROTOCOL_NAMES = {**PROTOCOLS, 47: "gre", 50: "esp", 51: "ah", 132: "sctp"}


@dataclasses.dataclass(frozen=True)
class FiveTuples:
    """What tells flows apart; arrays with one entry for each flow.

    Args:
        source_addresses: uint8 array of shape `(flows, 16)`; an IPv4 address
            in the last four bytes, behind zeros. Which end is the source may
            differ between packets of a flow.
        destination_addresses: uint8 array of shape `(flows, 16)`.
        source_ports: uint16 array, 0 where there are none.
        destination_ports: uint16 array.
        protocols: uint8 array. What IP carries: 6 for TCP, 17 for UDP.
        ip_versions: uint8 array. 4 or 6.
    """

    source_addresses: np.ndarray
    destination_addresses: np.ndarray
    source_ports: np.ndarray
    destination_ports: np.ndarray
    protocols: np.ndarray
    ip_versions: np.ndarray

    def __len__(self):
        return len(self.protocols)

    @classmethod
    def of_packets(cls, batch, rows):
        """Takes those of some packets.

        Args:
            batch: `PacketBatch`.
            rows: int or bool array. Which packets.

        Returns:
            `FiveTuples`, one for each of the packets.
        """
        names = [field.name for field in dataclasses.fields(cls)]
        return cls(**{name: getattr(batch, name)[rows] for name in names})

    def text(self, row):
        """Writes one flow as text, e.g. `tcp 10.0.0.1:80 - 10.0.0.2:4000`."""
        number = int(self.protocols[row])
        ends = (
            (self.source_addresses[row], self.source_ports[row]),
            (self.destination_addresses[row], self.destination_ports[row]),
        )
        protocol = PROTOCOLS.get(number, f"protocol {number}")
        return f"{protocol} " + " - ".join(
            self._end_text(*end, self.ip_versions[row], number in PROTOCOLS)
            for end in ends
        )

    @staticmethod
    def _end_text(address, port, version, has_port):
        text = address_text(address, version)
        if version == 6:
            text = f"[{text}]"
        return f"{text}:{port}" if has_port else text


def protocol_name(number):
    """Names what IP carries: `"tcp"`; `"103"` where there is no name here.

    Args:
        number: int.
    """
    return PROTOCOL_NAMES.get(number, str(number))


def address_text(address, version):
    """Writes an address as text.

    Args:
        address: uint8 array of shape `(16,)`, as of `FiveTuples`.
        version: int. Of IP, 4 or 6.

    Returns:
        str.
    """
    own = address if version == 6 else address[12:]
    return str(ipaddress.ip_address(own.tobytes()))
