"""Dropout that spends one random byte on a value."""

import math

import keras

_LEVELS = 256  # of a byte
_BYTES = 4  # of a random word


@keras.saving.register_keras_serializable(package="mtc_tf")
class ByteDropout(keras.layers.Layer):
    """Drops values in training, as `keras.layers.Dropout` does, for less work.

    Keras draws a float32 for every value. Here each random word decides on
    four values, a byte on each: a value is dropped where its byte lies below
    a threshold. The probability is therefore a multiple of 1/256, the nearest
    one to `rate`: 26/256 = 0.1016 for 0.1, 18/256 = 0.0703 for 0.07. What is
    kept is divided by the exact probability of being kept, so the mean stays.

    Args:
        rate: float. Probability of dropping, from 0 to below 1. Above 0 the
            nearest multiple from 1/256 to 255/256 counts.
        seed: int or None. Seed of the masks.
        **kwargs: other arguments of `keras.layers.Layer`.

    Input shape:
        `(batch, …)`, all but `batch` known.

    Output shape:
        the input's.

    Paper: Sections 3.3.2 and 3.3.3.
    """

    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(**kwargs)
        if not 0 <= rate < 1:
            raise ValueError(
                f"`rate` must be at least 0 and below 1. Received: rate={rate}."
            )
        self.rate = rate
        self.seed = seed
        self.threshold = 0
        if rate:
            self.threshold = min(max(round(rate * _LEVELS), 1), _LEVELS - 1)
            self.seed_generator = keras.random.SeedGenerator(seed)
        self.built = True

    @property
    def exact_rate(self):
        """float. The probability of dropping that is really used."""
        return self.threshold / _LEVELS

    def call(self, inputs, training=None):
        if not training or not self.threshold:
            return inputs
        scale = 1 / (1 - self.exact_rate)
        # float32 also under mixed precision: bfloat16 would round the scale,
        # by 0.3 % for a rate of 0.1, and the mean would not stay.
        mask = keras.ops.cast(self._kept(inputs), "float32")
        # Two cheap products: the scale is one number, and XLA joins them.
        outputs = keras.ops.cast(inputs, "float32") * (mask * scale)
        return keras.ops.cast(outputs, inputs.dtype)

    def _kept(self, inputs):
        """Boolean tensor of the input's shape, True where a value is kept."""
        batch, *rest = keras.ops.shape(inputs)
        size = math.prod(rest)
        words = keras.random.randint(
            (batch, -(-size // _BYTES)),
            -(2**31),
            2**31 - 1,
            dtype="int32",
            seed=self.seed_generator,
        )
        # (batch, size), what the last word has too much cut off
        random_bytes = keras.ops.view(words, "uint8")[:, :size]
        kept = random_bytes >= self.threshold
        return keras.ops.reshape(kept, (batch, *rest))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "rate": self.rate,
            "seed": self.seed,
        }
