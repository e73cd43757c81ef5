import numpy as np

from mtc_tf.evaluation.class_moments import ClassMoments


def test_means_and_covariance_by_hand():
    # Two classes; within each, x varies by 2 either way and y by 1.
    features = [[2, 1], [-2, -1], [-2, 1], [2, -1]]
    features = np.float32([*features, *(np.add(features, [10, 30]))])
    moments = ClassMoments(3)
    labels = np.repeat([0, 2], 4)
    for part in (slice(3), slice(3, 8)):
        moments.add(features[part], labels[part], np.ones(8)[part])
    found = moments.distance()
    # The second class has no rows.
    np.testing.assert_allclose(found.means, [[0, 0], [10, 30]], atol=1e-6)
    white = (features - np.repeat(found.means, 4, axis=0)) @ found.whitening
    np.testing.assert_allclose(np.abs(white), np.ones((8, 2)), atol=1e-5)


def test_weights_count_as_so_many_rows():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(20, 3))
    labels = rng.integers(0, 2, 20)
    times = rng.integers(0, 4, 20)
    weighed, repeated = ClassMoments(2), ClassMoments(2)
    weighed.add(features, labels, times)
    rows = np.repeat(np.arange(20), times)
    repeated.add(features[rows], labels[rows], np.ones(len(rows)))
    for own, other in zip(
        vars(weighed.distance()).values(),
        vars(repeated.distance()).values(),
        strict=True,
    ):
        np.testing.assert_allclose(np.abs(own), np.abs(other), rtol=1e-4)


def test_feature_that_never_differs():
    features = np.array([[1.0, 5], [-1, 5], [0, 5]])
    moments = ClassMoments(1)
    moments.add(features, np.zeros(3, int), np.ones(3))
    assert np.isfinite(moments.distance().whitening).all()
