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
from mtc_tf.models.mtc_lite import MTCLite
from mtc_tf.models.mtc_series import MTCSeries

for module in pkgutil.iter_modules(mtc_tf.layers.__path__):
    importlib.import_module(f"mtc_tf.layers.{module.name}")

sizes = {"num_tokens": 2, "num_encoders": (1, 0, 0), "intermediate_dim": 8}
model = MTC({"application": 3}, sizes | {"stem_strides": 50})
outputs = model.predict({"packet": np.zeros((2, 100), "uint8")}, verbose=0)
assert outputs["application"].shape == (2, 3)

sizes = {"hidden_dim": 8, "intermediate_dim": 8, "num_bins": 4}
lite = MTCLite({"application": 3}, length=64, members=2, **sizes)
rows = np.arange(128, dtype="uint8").reshape(2, 64)
rows[:, 9] = 6  # TCP
assert "source_port" not in lite.adapt(rows)
outputs = lite.predict({"packet": rows}, verbose=0)
assert outputs["application"].shape == (2, 3)

series = MTCSeries({"application": 3}, length=3, members=2, **sizes)
rows = np.arange(408, dtype="float32").reshape(2, 3, 68)
rows[1, 1:] = 0
assert "protocol" not in series.adapt(rows)
outputs = series.predict({"series": rows}, verbose=0)
assert outputs["application"].shape == (2, 3)
"""
# As if it were not installed; and nobody asks, as if it were.
AND_NOBODY_ASKS = """
assert not Finder.asked, "TensorFlow was looked for"
"""


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_layers_and_model_neither_need_nor_import_tensorflow(backend):
    run_under(
        backend, "-c", WITHOUT_TENSORFLOW + IMPORT_AND_PREDICT + AND_NOBODY_ASKS
    )
