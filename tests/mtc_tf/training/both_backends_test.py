"""Training under JAX beside training under TensorFlow."""

import json

import numpy as np
import pytest
from backend_process import WITHOUT_TENSORFLOW
from backend_process import run_under
from small_arrays import write_small_arrays

# What both do: a model, a protocol, the rows of a step.
_COMMON = """
import json
import sys

import keras
import numpy as np

from mtc_tf.data.array_file import ArrayFile
from mtc_tf.models.all_models import MTC
from mtc_tf.models.all_models import MTCLite
from mtc_tf.training import beginning
from mtc_tf.training.compilation import compile_model
from mtc_tf.training.protocol import Protocol

PROTOCOLS = {
    "MTC": Protocol(batch_size=8),
    "MTCLite": Protocol(
        batch_size=8,
        optimizer="adamw",
        weight_decay=0.02,
        clip_norm=1.0,
        label_smoothing=0.05,
        schedule="cosine",
        warmup=0.25,
    ),
}
source = ArrayFile(sys.argv[1])
protocol = PROTOCOLS[sys.argv[3]]
weights = beginning.weights_of_tasks(source, None)
losses = []
"""
# Saves new weights, then trains as `mtc train` does.
_UNDER_TENSORFLOW = (
    _COMMON
    + """
# Some draws of weights are more sensitive to the last digits than others.
keras.utils.set_random_seed(1)
classes = {
    task: len(names) for task, names in source.metadata["classes"].items()
}
if sys.argv[3] == "MTC":
    model = MTC(
        classes,
        {
            "num_encoders": (1, 1, 0),
            "stem_strides": 50,
            "encoder_dropout": 0.0,
            "cnn_dropout": 0.0,
        },
    )
else:
    model = MTCLite(classes, members=2, encoder_dropout=0.0, cnn_dropout=0.0)
    model.adapt(source.rows("train"))
compile_model(model, protocol, weights, 8)
model.save(sys.argv[2])
packets = source.rows("train")
labels = source.columns("train", classes)
for step in range(4):
    rows = slice(8 * step, 8 * step + 8)
    losses.append(
        float(
            model.train_on_batch(
                {"packet": packets[rows]},
                {task: np.maximum(x[rows], 0) for task, x in labels.items()},
                {task: np.float32(x[rows] >= 0) for task, x in labels.items()},
                return_dict=True,
            )["loss"]
        )
    )
    model.reset_metrics()
print(json.dumps(losses))
"""
)
_UNDER_JAX = (
    WITHOUT_TENSORFLOW
    + _COMMON
    + """
from mtc_tf.training.device_rows import DeviceRows
from mtc_tf.training.jax_programs import JaxPrograms

model = keras.saving.load_model(sys.argv[2])
rows = DeviceRows([source], "train", weights, source.width)
programs = JaxPrograms([model], rows, rows, protocol)
for step in range(4):
    model.reset_metrics()
    order = np.arange(8 * step, 8 * step + 8, dtype=np.int32).reshape(1, 1, 8)
    [state] = programs.train(order, np.zeros((1, 2), int))
    programs.put(0, state)
    losses.append(float(model.get_metrics_result()["loss"]))
print(json.dumps(losses))
"""
)


@pytest.mark.parametrize("model", ["MTC", "MTCLite"])
def test_first_steps_have_the_same_loss(model, tmp_path):
    # JAX first: where it is missing, nothing else need run.
    pytest.importorskip("jax", reason="jax is not installed")
    arrays = write_small_arrays(tmp_path / "rows.npz")
    arguments = arrays, tmp_path / "model.keras", model
    expected = run_under("tensorflow", "-c", _UNDER_TENSORFLOW, *arguments)
    received = run_under("jax", "-c", _UNDER_JAX, *arguments)
    received, expected = (
        np.array(json.loads(output.splitlines()[-1]))
        for output in (received, expected)
    )
    differences = np.abs(received / expected - 1)
    assert differences[0] < 1e-6
    # A step of Adam is as long for a gradient of the last digits as for any.
    assert differences.max() < 1e-4
    assert len(set(expected)) == 4
