import numpy as np

from mtc_tf.data.flow_weights import flow_weights


def test_flow_counts_its_packets_up_to_the_cap():
    flows = np.repeat([5, 3, 9], [1, 16, 40])
    rng = np.random.default_rng(0)
    rng.shuffle(flows)
    weights = flow_weights(flows)
    assert weights[flows == 5].sum() == 1
    np.testing.assert_allclose(weights[flows == 3], 1)
    np.testing.assert_allclose(weights[flows == 9], 16 / 40)


def test_another_cap():
    np.testing.assert_allclose(
        flow_weights(np.array([7, 7, 7, 8]), cap=1), [1 / 3, 1 / 3, 1 / 3, 1]
    )


def test_no_packet():
    assert flow_weights(np.empty(0, np.int64)).shape == (0,)
