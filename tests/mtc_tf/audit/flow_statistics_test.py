import numpy as np

from mtc_tf.audit.flow_statistics import flow_statistics


def test_statistics_of_each_flow():
    table = np.array([[1, 8], [5, 0], [3, 0], [7, 0], [3, 0], [4, 2]])
    flows = np.array([0, 1, 0, 0, 0, 1])
    np.testing.assert_allclose(
        flow_statistics(table, flows),
        [
            # 1, 3, 3, 7: mean, spread, least, median, greatest; 8, 0, 0, 0.
            [3.5, 19**0.5 / 2, 1, 3, 7, 2, 12**0.5, 0, 0, 8, np.log(4)],
            # 4, 5; 0, 2: the median is between both.
            [4.5, 0.5, 4, 4.5, 5, 1, 1, 0, 1, 2, np.log(2)],
        ],
        rtol=1e-6,
    )


def test_one_row_is_a_flow():
    np.testing.assert_array_equal(
        flow_statistics(np.array([[2.0]]), np.array([0])), [[2, 0, 2, 2, 2, 0]]
    )
