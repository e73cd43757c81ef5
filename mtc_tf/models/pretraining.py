"""Training of layers without labels, before the model is trained."""

import keras
import numpy as np


def train_autoencoder(
    layers, values, *, epochs, batch_size, learning_rate, seed, sparsity=0.0
):
    """Sets layers to the encoder of an autoencoder.

    The decoder mirrors the layers and ends in a linear one; it is thrown away.
    Mean squared error, Adam. Copies of the layers are trained, so that the
    model that the layers belong to stays as it is, their weights aside. The
    order of the rows follows Keras's own seed, that of
    `keras.utils.set_random_seed`.

    Args:
        layers: list of built `keras.layers.Dense`, the encoder.
        values: float32 array `(rows, length)`, what the first layer reads.
        epochs: int. Epochs to train.
        batch_size: int. Rows of a batch.
        learning_rate: float. Adam's rate.
        seed: int. Seed of the decoder's weights.
        sparsity: float. Weight of the L1 norm of the code in the loss.

    Returns:
        tuple of the codes, float32 `(rows, units)`, and the mean squared error
        in the last epoch.
    """
    copies = [
        keras.layers.Dense(
            layer.units,
            activation=layer.activation,
            # Also under mixed precision: an epoch adds up small steps.
            dtype="float32",
            # Overwritten below; this draws no random numbers.
            kernel_initializer="zeros",
            activity_regularizer=(
                keras.regularizers.L1(sparsity) if layer is layers[-1] else None
            ),
        )
        for layer in layers
    ]
    encoder = keras.Sequential([keras.Input(values.shape[1:]), *copies])
    for copy, layer in zip(copies, layers, strict=True):
        copy.set_weights(layer.get_weights())
    autoencoder = keras.Sequential(
        [
            keras.Input(values.shape[1:]),
            *copies,
            *_mirror(layers, values.shape[1], seed),
        ]
    )
    autoencoder.compile(
        keras.optimizers.Adam(learning_rate), "mse", metrics=["mse"]
    )
    errors = autoencoder.fit(
        values, values, batch_size=batch_size, epochs=epochs, verbose=0
    ).history["mse"]
    for copy, layer in zip(copies, layers, strict=True):
        layer.set_weights(copy.get_weights())
    codes = encoder.predict(values, batch_size=batch_size, verbose=0)
    return codes, float(errors[-1])


def _mirror(layers, length, seed):
    """The decoder: the sizes of the encoder's layers in reverse."""
    generator = keras.random.SeedGenerator(seed)
    sizes = [length, *[layer.units for layer in layers[:-1]]]
    activations = [None, *[layer.activation for layer in layers[:-1]]]
    return [
        keras.layers.Dense(
            size,
            activation=activation,
            dtype="float32",
            kernel_initializer=keras.initializers.GlorotUniform(generator),
        )
        for size, activation in zip(
            reversed(sizes), reversed(activations), strict=True
        )
    ]


def train_rbm(
    values, units, *, epochs, batch_size, learning_rate, momentum, seed
):
    """Trains a Bernoulli machine with one step of contrastive divergence.

    Each step compares the products of visible and hidden units under the
    values with those under samples that the machine makes of them:

        hidden ~ sigmoid(values W + c)
        visible ~ sigmoid(hidden W' + b)

    Args:
        values: float32 array `(rows, length)`, probabilities.
        units: int. Number of hidden units.
        epochs: int. Epochs to train.
        batch_size: int. Rows of a batch.
        learning_rate: float. Rate of the steps.
        momentum: float. Share of a step that goes on in the next.
        seed: int. Seed of weights, samples, and the order of rows.

    Returns:
        tuple of the kernel W, float32 `(length, units)`, the hidden units'
        bias c, float32 `(units,)`, and the mean squared error of the visible
        samples in the last epoch.
    """
    rng = np.random.default_rng([seed, 1])
    length = values.shape[1]
    parameters = [
        rng.normal(0.0, 0.01, (length, units)).astype("float32"),
        np.zeros(length, "float32"),
        np.zeros(units, "float32"),
    ]
    steps = [np.zeros_like(parameter) for parameter in parameters]
    error = float("nan")
    order = np.random.default_rng(seed)
    for _ in range(epochs):
        total = 0.0
        rows = order.permutation(len(values))
        for batch in np.array_split(rows, -(-len(rows) // batch_size)):
            directions, made = contrastive_divergence(
                values[batch], *parameters, rng
            )
            total += np.square(values[batch] - made).sum()
            for parameter, step, direction in zip(
                parameters, steps, directions, strict=True
            ):
                step *= momentum
                step += direction
                parameter += learning_rate * step
        error = total / values.size
    kernel, _, bias = parameters
    return kernel, bias, float(error)


def contrastive_divergence(visible, kernel, visible_bias, bias, rng):
    """Makes one step of contrastive divergence on one batch.

    Args:
        visible: float32 array `(rows, length)`, probabilities.
        kernel: float32 array `(length, units)`, W.
        visible_bias: float32 array `(length,)`, b.
        bias: float32 array `(units,)`, c.
        rng: `numpy.random.Generator`. Draws the samples.

    Returns:
        tuple of the directions of the three parameters, a tuple in the order
        of the arguments, and the visible samples.
    """
    hidden = sigmoid(visible @ kernel + bias)  # (rows, units)
    states = _sample(hidden, rng)
    made = _sample(sigmoid(states @ kernel.T + visible_bias), rng)
    made_hidden = sigmoid(made @ kernel + bias)
    directions = (
        (visible.T @ hidden - made.T @ made_hidden) / len(visible),
        (visible - made).mean(axis=0),
        (hidden - made_hidden).mean(axis=0),
    )
    return directions, made


def sigmoid(values):
    """The logistic function of an array."""
    # Of tanh, which does not overflow.
    return 0.5 + 0.5 * np.tanh(0.5 * values)


def _sample(probabilities, rng):
    draws = rng.random(probabilities.shape, dtype="float32")
    return (draws < probabilities).astype("float32")
