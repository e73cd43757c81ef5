"""Adam with the weight decay of its time."""

import keras


@keras.saving.register_keras_serializable(package="mtc_tf")
class Adam(keras.optimizers.Adam):
    """Adam that adds the weight decay to the gradient.

    The decay of a variable is `l2` times the variable, part of the gradient
    before Adam takes its moments, and holds for all variables, biases and
    normalisations too. That is the weight decay of PyTorch 1.10's Adam, which
    the paper used. The argument `weight_decay` of Keras's optimizers is another
    one: it is apart from the gradient and multiplied by the rate, which at the
    paper's 1e-4 and 1e-3 is next to nothing.

    Args:
        learning_rate: float or a schedule of Keras.
        l2: float. Weight decay.
        **kwargs: other arguments of `keras.optimizers.Adam`.

    Paper: Section 4.1.3.
    """

    def __init__(self, learning_rate, l2, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.l2 = l2

    def update_step(self, gradient, variable, learning_rate):
        gradient = gradient + self.l2 * variable
        super().update_step(gradient, variable, learning_rate)

    def get_config(self):
        return {**super().get_config(), "l2": self.l2}
