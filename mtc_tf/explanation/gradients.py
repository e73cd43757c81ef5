"""Gradients of inputs, which Keras leaves to its backend."""

import keras


def gradient_function(function):
    """Differentiates a function of rows by its first argument.

    Args:
        function: callable of a list of float tensors `(rows, …)` and other
            tensors, which returns a tensor `(rows,)`. A row of its result
            follows from the same row of the arguments alone.

    Returns:
        compiled callable of the same arguments, which returns a list of
        tensors, the gradients with respect to the list.

    Raises:
        ValueError: under a backend other than TensorFlow and JAX.
    """

    def total(inputs, *others):
        return keras.ops.sum(function(inputs, *others))

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        # What it traces is Keras, which has no Python to be translated.
        @tf.function(autograph=False, reduce_retracing=True)
        def gradients(inputs, *others):
            with tf.GradientTape() as tape:
                tape.watch(inputs)
                value = total(inputs, *others)
            return tape.gradient(value, inputs, unconnected_gradients="zero")

        return gradients
    if backend == "jax":
        import jax

        return jax.jit(jax.grad(total))
    raise ValueError(
        "The backend must be tensorflow or jax to have gradients. Received: "
        f"{backend}."
    )
