"""What the layers that Keras has too gain in a training step of MTC.

    python -m benchmarks.layers

The full MTC of Table 3, compiled as `mtc_tf.training.trainer` does it and with
its memory kept as `train.py` does it, takes training steps by turns with models
of which one kind of layer is Keras's own, so that other load on the machine
strikes all of them. Processor time is what is compared: other load stretches
it less than the time on the clock.
"""

import argparse
import contextlib
import statistics
import time
from unittest import mock

import keras

from benchmarks.training import make_keras_step

# What a layer must save to be kept instead of Keras's.
GOAL = 1.02


class KerasAttention(keras.layers.MultiHeadAttention):
    """Keras's attention with the arguments of `SelfAttention`.

    Args:
        num_heads: int. Number of attention heads.
        head_dim: int. Size of query, key and value of a head.
        **kwargs: other arguments of `keras.layers.MultiHeadAttention`.
    """

    def __init__(self, num_heads, head_dim, **kwargs):
        super().__init__(num_heads, head_dim, **kwargs)

    def build(self, input_shape):
        super().build(input_shape, input_shape)

    def call(self, inputs):
        return super().call(inputs, inputs)


# From a name to the layers that stand in, by where the package names its own.
VARIANTS = {
    "as it is": {},
    "Keras's MultiHeadAttention": {
        "mtc_tf.layers.transformer_encoder.SelfAttention": KerasAttention
    },
    "Keras's Dropout": {
        "mtc_tf.layers.transformer_encoder.ByteDropout": keras.layers.Dropout,
        "mtc_tf.layers.convolution_unit.ByteDropout": keras.layers.Dropout,
    },
}


def main():
    """Prints the seconds of a step of each variant, and their ratios."""
    args = _parse_arguments()
    seconds = measure(args.batch_size, args.rounds)
    own = seconds["as it is"]
    print(f"{'':28}{'least':>8}{'median':>8}{'to own, of the same round':>28}")
    for name, values in seconds.items():
        ratio = statistics.median(
            value / mine for value, mine in zip(values, own, strict=True)
        )
        print(
            f"{name:28}{min(values):8.2f}{statistics.median(values):8.2f}"
            f"{ratio:28.3f}"
        )
    print(f"seconds of processor time a step; goal of each layer: {GOAL}")


def _parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--batch_size", type=int, default=32)
    parser.add_argument(
        "--rounds", type=int, default=12, help="steps of each variant"
    )
    return parser.parse_args()


def measure(batch_size, rounds):
    """Takes steps of all variants by turns.

    Args:
        batch_size: int. Rows of a batch.
        rounds: int. Steps of each variant, beside one that traces it.

    Returns:
        dict from the variant's name to a list of float, the processor time of
        each of its steps in seconds.
    """
    steps = {}
    for name, layers in VARIANTS.items():
        with standing_in(layers):
            steps[name] = make_keras_step(batch_size)
            steps[name]()
    seconds = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            begin = time.process_time()
            step()
            seconds[name].append(time.process_time() - begin)
    return seconds


def standing_in(layers):
    """Puts other layers in place of the package's, in a `with` statement.

    Args:
        layers: dict as in `VARIANTS`.

    Returns:
        a context manager.
    """
    stack = contextlib.ExitStack()
    for target, layer in layers.items():
        stack.enter_context(mock.patch(target, layer))
    return stack


if __name__ == "__main__":
    main()
