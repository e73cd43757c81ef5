"""What IP packets carry, with transport headers of one length."""

import dataclasses

import numpy as np

# To which TCP and UDP headers are brought, in bytes.
TRANSPORT_LENGTH = 20


@dataclasses.dataclass(frozen=True)
class TransportPackets:
    """What IP packets carry, with transport headers of one length.

    All arrays have one entry for each packet.

    Args:
        headers: uint8 array of shape `(packets, 20)`. TCP headers without
            options, UDP headers filled up with zeros; zeros for others.
        is_tcp: bool array.
        is_udp: bool array.
        source_ports: int64 array, 0 where there are none.
        destination_ports: int64 array.
        payload_starts: int64 array, where the payload begins in the chunk:
            what follows the transport header, or, without one, the IP header.
        payload_cut: bool array, whether there was a payload of which the
            capture holds nothing.
        malformed: bool array.
    """

    headers: np.ndarray
    is_tcp: np.ndarray
    is_udp: np.ndarray
    source_ports: np.ndarray
    destination_ports: np.ndarray
    payload_starts: np.ndarray
    payload_cut: np.ndarray
    malformed: np.ndarray
