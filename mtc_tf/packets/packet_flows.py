"""Which flow each packet of a capture belongs to, with or without a payload."""

import numpy as np

from mtc_tf.packets.capture import read_capture
from mtc_tf.packets.flows import flow_ids
from mtc_tf.packets.packet_batch import flow_ends
from mtc_tf.packets.preprocessing import CODES
from mtc_tf.packets.preprocessing import KEPT
from mtc_tf.packets.preprocessing import drop_reasons
from mtc_tf.packets.preprocessing import strip_link_layer
from mtc_tf.packets.preprocessing import unify_transport_headers

# What is dropped for these has whole headers all the same.
_WITHOUT_PAYLOAD = ("payload_cut", "empty_tcp", "empty_udp", "empty_other")
_IN_FLOWS = [KEPT, *(CODES[reason] for reason in _WITHOUT_PAYLOAD)]


def packet_flows(file, name=None):
    """Reads the flows of packets, as `preprocess_capture` tells them apart.

    Beside the packets that it keeps there are those that only open, confirm
    and close.

    Args:
        file: as of `read_capture`.
        name: as of `read_capture`.

    Yields:
        tuple of int64 arrays: positions in the capture, and ids of the flows.

    Raises:
        InputError: as of `read_capture`.
    """
    for frames in read_capture(file, name):
        ip = strip_link_layer(frames)
        transport = unify_transport_headers(frames.data, ip)
        places = np.flatnonzero(np.isin(drop_reasons(ip, transport), _IN_FLOWS))
        ids = flow_ids(**flow_ends(ip, transport))
        yield frames.first_number + places, ids[places]
