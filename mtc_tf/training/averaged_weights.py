"""The moving average of a model's weights, in the place of the weights."""

import contextlib

import keras


@contextlib.contextmanager
def averaged_weights(model):
    """Puts the averaged weights into a model, in a `with` statement.

    Args:
        model: a compiled Keras model. Nothing happens where its optimizer
            keeps no average.
    """
    if not model.optimizer.use_ema:
        yield
        return
    swap = keras.callbacks.SwapEMAWeights()
    swap.set_model(model)
    swap.on_test_begin()
    try:
        yield
    finally:
        swap.on_test_end()
