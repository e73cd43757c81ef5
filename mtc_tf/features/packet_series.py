"""What a model of flows sees of a packet: the columns of the input `series`.

The first 64 bytes of its row come as numbers from 0 to 255, then the four
columns that are named here.
"""

import numpy as np

from mtc_tf.features.header_fields import HEADER_FIELDS
from mtc_tf.features.header_fields import header_fields
from mtc_tf.packets.row_bits import mask_rows
from mtc_tf.tasks import SERIES

SERIES_BYTES = 64
# Bytes of the packet, IP header included; 0 only where there is no packet.
SIZE = 64
# 0: as the flow's first packet; 1: against it.
DIRECTION = 65
# Seconds since the flow's packet before, 0 for its first one.
GAP = 66
# Number of the packet in its flow, from 0.
POSITION = 67

# Packets of a row of the datasets, and the most that a row may have: TFLite has
# no loop for an LSTM, and a longer one is not written out.
PACKETS_PER_FLOW = 10
MOST_PACKETS_PER_FLOW = 64

_IP_LENGTH = HEADER_FIELDS.index("ip_length")


def packet_series(packets, directions, gaps, positions):
    """Says of packets what a model of flows sees of them.

    Choice: a length of 0 in the IP header, as network cards leave it in what
    they cut themselves, counts as 1: a size of 0 says that there is no packet.

    Args:
        packets: uint8 array `(packets, bytes)`, 64 or more bytes of each row.
        directions: bool array `(packets,)`. Whether it goes against the flow's
            first packet.
        gaps: float array `(packets,)`, in seconds.
        positions: int array `(packets,)`.

    Returns:
        float32 array `(packets, 68)`.
    """
    rows = np.empty((len(packets), SERIES.columns), np.float32)
    rows[:, :SERIES_BYTES] = packets[:, :SERIES_BYTES]
    rows[:, SIZE] = _sizes(packets[:, :SERIES_BYTES])
    rows[:, DIRECTION] = directions
    rows[:, GAP] = gaps
    rows[:, POSITION] = positions
    return rows


def mask_series(windows, masks):
    """Makes windows what they would be of packets preprocessed with masks.

    A mask of the length in the IP header takes the size, too.

    Args:
        windows: float32 array `(windows, packets, 68)`, of `packet_series`, and
            zeros where there is no packet.
        masks: iterable of str. Out of `mtc_tf.packets.MASKS`.

    Returns:
        float32 array like `windows`.
    """
    windows = windows.copy()
    is_packet = windows[..., SIZE] > 0
    packets = windows[is_packet, :SERIES_BYTES].astype(np.uint8)
    packets = mask_rows(packets, masks)
    windows[is_packet, :SERIES_BYTES] = packets
    windows[is_packet, SIZE] = _sizes(packets)
    return windows


def _sizes(packets):
    return np.maximum(header_fields(packets)[:, _IP_LENGTH], 1)
