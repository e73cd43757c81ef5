"""Division of packets and of flows into train, validation and test.

Every part is chosen by a hash of an id and a seed: neither the order of the
files matters, nor, apart from classes with very few ids, which other files
there are.

Paper: Section 4.1.2.
"""

import numpy as np

from mtc_tf.packets.hashing import hash64

PARTS = ("train", "validation", "test")
TRAIN, VALIDATION, TEST = range(len(PARTS))

# Section 4.1.2: 64 / 16 / 20 %. Hashes count as numbers between 0 and 1: below
# the first bound lies test, then validation, then train.
_TEST_BOUND = 0.20
_VALIDATION_BOUND = 0.20 + 0.16


def split_packets(ids, *, seed):
    """Divides packets at random, each on its own.

    Packets of one flow stand on both sides: a model can recognise the flow
    instead of the application. This is the paper's split.

    Args:
        ids: uint64 array of shape `(packets,)`. One id a packet.
        seed: int. Seed of the split.

    Returns:
        int8 array of shape `(packets,)` of indices into `PARTS`.

    Paper: Section 4.1.2.
    """
    fractions = _fractions(ids, seed)
    parts = np.full(len(ids), TRAIN, np.int8)
    parts[fractions < _VALIDATION_BOUND] = VALIDATION
    parts[fractions < _TEST_BOUND] = TEST
    return parts


def split_flows(flows, classes, *, seed):
    """Divides flows: no flow stands in two parts.

    Choice: the hash alone would leave classes with few flows without a part.
    The flows of a class are therefore put in the order of their hashes, and
    the bounds between the parts move by as much as it takes that a class with
    two flows has train and test, and one with three or more all parts. The
    single flow of a class goes to train.

    Args:
        flows: int array of shape `(packets,)`. The flow of each packet.
        classes: int array of shape `(packets,)`. The class of each packet. A
            flow that has several counts for the one with the most flows.
        seed: int. Seed of the split.

    Returns:
        int8 array of shape `(packets,)` of indices into `PARTS`.
    """
    units, unit_of_packet = np.unique(flows, return_inverse=True)
    unit_classes = _class_of_units(unit_of_packet, classes)
    return _split_units(units, unit_classes, seed)[unit_of_packet]


def split_rows(ids, classes, *, seed):
    """Divides rows, each on its own and within its class.

    Choice: the shares of 64, 16 and 20 % hold within each class, up to the
    chance of the hash; as with `split_flows`, a class with two rows has train
    and test, and one with three or more all parts.

    Args:
        ids: uint64 array of shape `(rows,)`. Ids, all different.
        classes: int array of shape `(rows,)`. The class of each row.
        seed: int. Seed of the split.

    Returns:
        int8 array of shape `(rows,)` of indices into `PARTS`.

    Paper: Section 4.1.2.
    """
    return _split_units(ids, classes, seed)


def split_groups(groups, flows, classes, *, seed):
    """Divides groups of captures: no group stands in two parts.

    The rule is that of `split_flows`, with groups for flows. A class with a
    single group is split by flow, and with it whatever else that group holds.

    Args:
        groups: uint64 array of shape `(packets,)`. The group of each packet.
        flows: int array of shape `(packets,)`. The flow of each packet.
        classes: int array of shape `(packets,)`. The class of each packet.
        seed: int. Seed of the split.

    Returns:
        tuple `(parts, by_flow)`: int8 array of shape `(packets,)` of indices
        into `PARTS`, and the list of the classes of which flows are so split.
    """
    units, unit_of_packet = np.unique(groups, return_inverse=True)
    unit_classes = _class_of_units(unit_of_packet, classes)
    parts = _split_units(units, unit_classes, seed)[unit_of_packet]

    names, counts = np.unique(unit_classes, return_counts=True)
    by_flow = names[counts == 1]
    packet_classes = unit_classes[unit_of_packet]
    single = np.isin(packet_classes, by_flow)
    parts[single] = split_flows(
        flows[single], packet_classes[single], seed=seed
    )
    return parts, np.unique(classes[single]).tolist()


def _class_of_units(unit_of_packet, classes):
    """The class of each unit; of several, the one with the most units."""
    width = int(classes.max(initial=0)) + 1
    pairs = np.unique(unit_of_packet * width + classes)
    units, unit_classes = np.divmod(pairs, width)
    sizes = np.bincount(unit_classes)[unit_classes]
    order = np.lexsort((unit_classes, -sizes, units))
    _, first = np.unique(units[order], return_index=True)
    return unit_classes[order][first]


def _split_units(ids, classes, seed):
    """Divides flows or groups, given the class of each."""
    fractions = _fractions(ids, seed)
    parts = np.full(len(ids), TRAIN, np.int8)
    for name in np.unique(classes):
        members = np.flatnonzero(classes == name)
        members = members[np.argsort(fractions[members])]
        tests, others = _part_sizes(fractions[members])
        parts[members[:others]] = VALIDATION
        parts[members[:tests]] = TEST
    return parts


def _part_sizes(fractions):
    """How many units go to test, and to test and validation together."""
    count = len(fractions)
    tests = np.count_nonzero(fractions < _TEST_BOUND)
    others = np.count_nonzero(fractions < _VALIDATION_BOUND)
    validation = 1 if count > 2 else 0  # two units: only train and test
    tests = np.clip(tests, min(1, count - 1), max(0, count - 1 - validation))
    others = np.clip(others, tests + validation, max(0, count - 1))
    return tests, others


def _fractions(ids, seed):
    # 53 bits are what a float64 holds without rounding up to 1.
    return (hash64(ids, seed=seed) >> np.uint64(11)) / 2.0**53
