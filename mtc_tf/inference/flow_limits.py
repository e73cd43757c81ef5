"""When a flow is answered that has not ended."""

import dataclasses

# With the windows of a model of flows they take 300 MB.
MOST_FLOWS = 250_000


@dataclasses.dataclass(frozen=True)
class FlowLimits:
    """What bounds the flows of a capture.

    Args:
        flows: int. So many are held; beyond them the one that was idle longest
            is answered and forgotten.
        packets: int. A flow is answered as soon as so many of its packets have
            come; None for no such bound.
        timeout: float. Seconds of the capture after its first packet after
            which a flow is answered; None for no such bound.
    """

    flows: int = MOST_FLOWS
    packets: int | None = None
    timeout: float | None = None
