"""Class balance, of packets and of records.

Paper: Section 3.2.3.
"""

import numpy as np

from mtc_tf.packets.hashing import hash64

MAX_PACKETS_PER_APPLICATION = 50_000

# Table 2: the records of each class before and after balancing.
PUBLISHED_RECORDS = {
    "Benign": (2_035_505, 1_330_000),
    "DoS/DDoS": (320_269, 350_000),
    "PortScan": (57_305, 75_500),
    "Brute force": (8_551, 66_000),
    "Web attack": (2_118, 65_500),
    "Botnet ARES": (1_943, 65_000),
}
SMOTE_NEIGHBORS = 5

# Keeps the draw apart from the split, which hashes the same ids.
_DRAW = 1


class PacketCap:
    """Draws at most `cap` packets of one application.

    Half of them come from VPN captures and half from ordinary ones; a side
    that has fewer gives all, and the other fills up. Of each side, the packets
    with the smallest hashes are drawn, so the draw does not depend on the
    order of the packets. They come in pieces, and little more than `cap` hashes
    of each side are held.

    Args:
        seed: int. Seed of the draw.
        cap: int. Most packets to draw.

    Paper: Section 3.2.3.
    """

    def __init__(self, *, seed, cap=MAX_PACKETS_PER_APPLICATION):
        self._cap = cap
        self._seed = hash64(seed, seed=_DRAW)
        self._sides = [_SmallestHashes(cap), _SmallestHashes(cap)]

    def add(self, ids, vpn):
        """Adds packets to draw from.

        Args:
            ids: uint64 array of shape `(packets,)`. One id a packet.
            vpn: bool array of shape `(packets,)`. Whether the packet comes
                from a VPN capture.
        """
        hashes = hash64(ids, seed=self._seed)
        for is_inside, side in enumerate(self._sides):
            side.add(hashes[vpn == is_inside])

    def drawn(self, ids, vpn):
        """Tells which packets are drawn, when all are added.

        Args:
            ids: as of `add`.
            vpn: as of `add`.

        Returns:
            bool array of shape `(packets,)`.
        """
        outside, inside = self._sides
        # Of an odd cap, the VPN side gives the larger half.
        from_outside = min(
            outside.count, max(self._cap // 2, self._cap - inside.count)
        )
        from_inside = min(inside.count, self._cap - from_outside)
        hashes = hash64(ids, seed=self._seed)
        is_drawn = np.zeros(len(ids), bool)
        for is_inside, count in enumerate((from_outside, from_inside)):
            if count:
                largest = self._sides[is_inside].largest_of(count)
                is_drawn |= (vpn == is_inside) & (hashes <= largest)
        return is_drawn


class _SmallestHashes:
    """The smallest of many hashes, `most` of them, and how many there were."""

    def __init__(self, most):
        self.count = 0
        self._most = most
        self._sorted = np.empty(0, np.uint64)
        self._unsorted, self._waiting = [], 0

    def add(self, hashes):
        self.count += len(hashes)
        if len(self._sorted) == self._most:
            hashes = hashes[hashes < self._sorted[-1]]
        self._unsorted.append(hashes)
        self._waiting += len(hashes)
        # Not each time: the others would be sorted with them again and again.
        if self._waiting > self._most // 4:
            self._sort()

    def largest_of(self, count):
        """Returns the largest of the `count` smallest."""
        self._sort()
        return self._sorted[count - 1]

    def _sort(self):
        if self._unsorted:
            hashes = np.sort(np.concatenate([self._sorted, *self._unsorted]))
            self._sorted = hashes[: self._most].copy()
            self._unsorted, self._waiting = [], 0


def balanced_counts(rows):
    """How many records of each class there are after balancing.

    Args:
        rows: int. Number of records to balance.

    Returns:
        dict from class name to number of records: the paper's, scaled by the
        share that `rows` has of the paper's records.

    Paper: Table 2, column "Balanced".
    """
    published = sum(before for before, _ in PUBLISHED_RECORDS.values())
    return {
        name: max(1, round(after * rows / published))
        for name, (_, after) in PUBLISHED_RECORDS.items()
    }


def balance_records(rows, classes, counts, *, seed):
    """Draws from large classes, and adds synthetic records to small ones.

    SMOTE places a record between one of the class and one of that record's five
    nearest neighbours in the class. Choice: a class of two to five records uses
    all its others as neighbours; to a single record none can be added.

    Args:
        rows: float32 array of shape `(records, features)`, scaled.
        classes: int array of shape `(records,)`.
        counts: list of int. Records wanted of each class.
        seed: int. Seed of draw and synthesis.

    Returns:
        tuple `(rows, classes, sources)`: the balanced records, and an int array
        with the index that each had, -1 for a synthetic one.

    Paper: Section 3.2.3 and Table 2.
    """
    from imblearn.over_sampling import SMOTE
    from imblearn.under_sampling import RandomUnderSampler

    sources = np.arange(len(rows))
    found = np.bincount(classes, minlength=len(counts))
    too_many = {c: n for c, n in enumerate(counts) if found[c] > n}
    if too_many:
        sampler = RandomUnderSampler(
            sampling_strategy=too_many, random_state=seed
        )
        rows, classes = sampler.fit_resample(rows, classes)
        sources = sampler.sample_indices_
    groups = {}
    for index, neighbors in smote_neighbors(found, counts).items():
        groups.setdefault(neighbors, {})[index] = counts[index]
    groups.pop(0, None)
    for neighbors, wanted in groups.items():
        sampler = SMOTE(
            sampling_strategy=wanted, k_neighbors=neighbors, random_state=seed
        )
        rows, classes = sampler.fit_resample(rows, classes)
    synthetic = np.full(len(rows) - len(sources), -1)
    return rows, classes, np.concatenate([sources, synthetic])


def smote_neighbors(found, counts):
    """How many neighbours SMOTE looks at, in the classes that it adds to.

    Args:
        found: sequence of int. Records of each class.
        counts: sequence of int. Records wanted of each class.

    Returns:
        dict from index of a class to number of neighbours, 0 where there is a
        single record.
    """
    return {
        index: min(SMOTE_NEIGHBORS, int(have) - 1)
        for index, (have, want) in enumerate(zip(found, counts, strict=True))
        if 0 < have < want
    }
