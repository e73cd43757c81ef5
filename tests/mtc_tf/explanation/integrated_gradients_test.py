import keras
import numpy as np

from mtc_tf.explanation.gradients import gradient_function
from mtc_tf.explanation.integrated_gradients import STEPS
from mtc_tf.explanation.integrated_gradients import choose_steps
from mtc_tf.explanation.integrated_gradients import completeness_error
from mtc_tf.explanation.integrated_gradients import integrated_gradients


def _attributed(function, baseline, rows, steps, others=()):
    def tensors(values):
        return [keras.ops.convert_to_tensor(np.float32(x)) for x in values]

    return integrated_gradients(
        gradient_function(function),
        tensors(baseline),
        tensors(rows),
        list(others),
        steps,
    )


def test_linear_function_gives_weight_times_difference():
    def function(inputs):
        [x] = inputs
        return 2 * x[:, 0] - 3 * x[:, 1] + 5

    [found] = _attributed(function, [[[1, 1]]], [[[4, 3], [1, 0]]], steps=1)
    # 2 * (4 - 1) and -3 * (3 - 1); 0 and -3 * (0 - 1)
    np.testing.assert_allclose(found, [[6, -6], [0, 3]], atol=1e-5)


def test_product_shares_its_value_between_the_factors():
    def function(inputs):
        x, y = inputs
        return keras.ops.sum(x * y, axis=1)

    x, y = _attributed(function, [[[0]], [[0]]], [[[2]], [[3]]], steps=2)
    # Of x y each factor gets half, whatever their size.
    np.testing.assert_allclose([x[0, 0], y[0, 0]], [3, 3], atol=1e-5)


def test_points_are_exact_for_polynomials():
    def function(inputs):
        return inputs[0][:, 0] ** 3

    [found] = _attributed(function, [[[1]]], [[[3]]], steps=2)
    np.testing.assert_allclose(found, [[27 - 1]], rtol=1e-5)


def test_inputs_that_do_not_count_get_nothing():
    def function(inputs, factors):
        return inputs[0][:, 0] * factors

    factors = keras.ops.convert_to_tensor(np.float32([2, 3]))
    used, unused = _attributed(
        function, [[[0]], [[0]]], [[[1], [1]], [[7], [7]]], 1, [factors]
    )
    np.testing.assert_allclose(used, [[2], [3]], atol=1e-6)
    np.testing.assert_array_equal(unused, [[0], [0]])


def test_completeness_error_is_a_share_of_the_differences():
    sums, differences = np.array([1.0, -2.0]), np.array([1.5, -2.5])
    # 0.5 each, of 2 on the average
    assert completeness_error(sums, differences) == 0.25
    assert completeness_error(np.zeros(2), np.zeros(2)) == 0


def test_steps_are_the_first_that_are_good_enough():
    errors = dict(zip(STEPS, (0.3, 0.02, 0.004, 0.001), strict=False))
    assert choose_steps(errors.get) == 32
    assert choose_steps(lambda steps: 1.0) == STEPS[-1]
