"""Class balance of the packet datasets."""

import numpy as np

from mtc_tf.packets.hashing import hash64

MAX_PACKETS_PER_APPLICATION = 50_000

# Keeps the draw apart from the split, which hashes the same ids.
_DRAW = 1


def cap_packets(ids, vpn, *, seed, cap=MAX_PACKETS_PER_APPLICATION):
    """Draws at most `cap` packets of one application.

    Half of them come from VPN captures and half from ordinary ones; a side
    that has fewer gives all, and the other fills up. Of each side, the packets
    with the smallest hashes are drawn, so the draw does not depend on the
    order of the packets.

    Args:
        ids: uint64 array of shape `(packets,)`. One id a packet.
        vpn: bool array of shape `(packets,)`. Whether the packet comes from a
            VPN capture.
        seed: int. Seed of the draw.
        cap: int. Most packets to draw.

    Returns:
        bool array of shape `(packets,)`: which packets are drawn.

    Paper: Section 3.2.3.
    """
    inside = np.flatnonzero(vpn)
    outside = np.flatnonzero(~vpn)
    # Of an odd cap, the VPN side gives the larger half.
    from_outside = min(len(outside), max(cap // 2, cap - len(inside)))
    from_inside = min(len(inside), cap - from_outside)

    hashes = hash64(ids, seed=hash64(seed, seed=_DRAW))
    drawn = np.zeros(len(ids), bool)
    for side, count in ((outside, from_outside), (inside, from_inside)):
        order = np.argsort(hashes[side])
        drawn[side[order[:count]]] = True
    return drawn
