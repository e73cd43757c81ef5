"""Packets, and the slots of their flows."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class SeenPackets:
    """Where the packets of a batch belong.

    Args:
        slots: int64 array of shape `(packets,)`. The slot of each packet's
            flow.
        counted: bool array of shape `(packets,)`. Whether the flow's answer
            looks at the packet; False behind the limits of `FlowLimits`.
        begun: int64 array. Slots of the flows that begin in the batch.
        firsts: int64 array. Which packet each of them begins with.
    """

    slots: np.ndarray
    counted: np.ndarray
    begun: np.ndarray
    firsts: np.ndarray
