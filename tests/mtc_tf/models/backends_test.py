"""The model on Keras's other backends, each in a process of its own."""

import pytest
from backend_process import WITHOUT_TENSORFLOW
from backend_process import run_under

IMPORT_AND_PREDICT = """
import importlib
import pkgutil

import numpy as np

import mtc_tf.layers
from mtc_tf.models.mtc import MTC

for module in pkgutil.iter_modules(mtc_tf.layers.__path__):
    importlib.import_module(f"mtc_tf.layers.{module.name}")

model = MTC({"application": 3}, {"num_encoders": (1, 0, 0), "stem_strides": 50})
outputs = model.predict({"packet": np.zeros((2, 1500), "uint8")}, verbose=0)
assert outputs["application"].shape == (2, 3)
"""


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_layers_and_model_need_no_tensorflow(backend):
    run_under(backend, "-c", WITHOUT_TENSORFLOW + IMPORT_AND_PREDICT)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_layers_and_model_do_not_import_an_installed_tensorflow(backend):
    run_under(
        backend,
        "-c",
        IMPORT_AND_PREDICT
        + 'import sys\nassert "tensorflow" not in sys.modules',
    )
