import keras
import numpy as np
import pytest

from mtc_tf.training.adam import Adam

RATE, L2 = 0.1, 0.5


def _reference(value, gradients, l2):
    """Adam with `l2` times the value in the gradient, step by step."""
    first = second = 0.0
    for step, gradient in enumerate(gradients, start=1):
        gradient = gradient + l2 * value
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        rate = RATE * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        value = value - rate * first / (np.sqrt(second) + 1e-7)
    return value


@pytest.mark.parametrize("l2", [0.0, L2])
def test_decay_is_part_of_the_gradient(l2):
    # A kernel, and what other optimizers leave out: a bias.
    values = [np.array([[0.5, -2.0]]), np.array([0.25, 0.0])]
    gradients = [
        [np.array([[0.3, 0.0]]), np.array([-0.1, 0.2])],
        [np.array([[-0.1, 0.0]]), np.array([0.0, 0.2])],
        [np.array([[0.7, 0.0]]), np.array([0.4, -0.3])],
    ]
    variables = [
        keras.Variable(value, dtype="float32", name=name)
        for value, name in zip(values, ("kernel", "bias"), strict=True)
    ]
    optimizer = Adam(RATE, l2=l2)
    for step in gradients:
        optimizer.apply(
            [keras.ops.convert_to_tensor(g, "float32") for g in step], variables
        )
    for number, variable in enumerate(variables):
        expected = _reference(
            values[number], [step[number] for step in gradients], l2
        )
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(variable), expected, rtol=1e-4, atol=1e-6
        )


def test_config_round_trip():
    config = keras.optimizers.serialize(Adam(RATE, l2=L2, beta_1=0.5))
    optimizer = keras.optimizers.deserialize(config)
    assert isinstance(optimizer, Adam)
    assert optimizer.l2 == L2
    assert optimizer.beta_1 == 0.5
    assert float(optimizer.learning_rate) == pytest.approx(RATE)
