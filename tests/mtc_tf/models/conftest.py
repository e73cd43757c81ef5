import keras
import pytest


@pytest.fixture(autouse=True)
def _as_in_training():
    """Seeds each test, and has models compiled as training has them.

    With deterministic operations Keras leaves XLA out, which takes longer to
    compile than a small model to train. On other backends it goes on
    compiling.
    """
    keras.utils.set_random_seed(0)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
