"""What tests may ask of the Keras backend that they run on."""

import keras
import pytest

requires_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="takes gradients with TensorFlow",
)
requires_jax = pytest.mark.skipif(
    keras.backend.backend() != "jax",
    reason="trains under JAX; run by `make test-backends`",
)
