import keras
import numpy as np
import pytest

from mtc_tf.explanation.gradients import gradient_function


def _tensor(*values):
    return keras.ops.convert_to_tensor(np.float32(values))


def test_each_row_has_the_gradient_of_its_own_value():
    def function(inputs, factors):
        x, y = inputs
        return factors * x[:, 0] ** 2 + y[:, 0]

    gradients = gradient_function(function)
    x, y = gradients([_tensor([1], [3]), _tensor([5], [7])], _tensor(10, 100))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(x), [[20], [600]])
    np.testing.assert_allclose(keras.ops.convert_to_numpy(y), [[1], [1]])


def test_inputs_that_do_not_count_have_zeros():
    gradients = gradient_function(lambda inputs: inputs[0][:, 0])
    _, unused = gradients([_tensor([1], [3]), _tensor([5], [7])])
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(unused), [[0], [0]]
    )


def test_other_backends_are_refused(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "numpy")
    with pytest.raises(ValueError, match="tensorflow or jax .* numpy"):
        gradient_function(lambda inputs: inputs[0])
