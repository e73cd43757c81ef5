import numpy as np

from mtc_tf.data.shuffled_labels import rows_of_labels


def test_rows_of_a_flow_get_the_labels_of_one_flow():
    flows = np.array([7, 3, 7, 9, 3, 3])
    found = set()
    for seed in range(30):
        rows = rows_of_labels(flows, seed)
        given = flows[rows]
        pairs = dict(zip(flows.tolist(), given.tolist(), strict=True))
        # A flow gets from one flow, and each gives to one.
        assert [pairs[flow] for flow in flows] == given.tolist()
        assert sorted(pairs.values()) == [3, 7, 9]
        found.add(tuple(pairs.items()))
    assert len(found) == 6  # all permutations of three


def test_seed_decides():
    flows = np.arange(50)
    first, again, other = (rows_of_labels(flows, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert sorted(first) == sorted(other) == list(flows)
    assert (first != other).any()
