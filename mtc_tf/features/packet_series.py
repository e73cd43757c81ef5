"""What a model of flows sees of a packet: the columns of the input `series`.

The first 64 bytes of its row come as numbers from 0 to 255, then the four
columns that are named here.
"""

import numpy as np

from mtc_tf.features.header_fields import HEADER_FIELDS
from mtc_tf.features.header_fields import header_fields
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
    sizes = header_fields(packets[:, :SERIES_BYTES])[:, _IP_LENGTH]
    rows[:, SIZE] = np.maximum(sizes, 1)
    rows[:, DIRECTION] = directions
    rows[:, GAP] = gaps
    rows[:, POSITION] = positions
    return rows
