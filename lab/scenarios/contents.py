"""What users send: files, texts, speech."""

import math


def log_uniform(rng, low, high):
    """Draws a float whose logarithm is even between those of the bounds."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def some_bytes(rng, size):
    """Makes the contents of a file: bytes that do not compress."""
    return rng.randbytes(size)
