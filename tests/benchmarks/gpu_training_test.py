import json

import numpy as np
import pytest
from backend_process import WITHOUT_TENSORFLOW
from backend_process import run_under

from benchmarks.gpu_training import describe
from benchmarks.packet_arrays import draw_arrays

# Saves new weights, then trains as `train.py` does.
UNDER_TENSORFLOW = """
import json
import sys

import keras
import numpy as np

from mtc_tf.models.mtc import MTC
from mtc_tf.tasks import PACKET_TASKS
from mtc_tf.training.compilation import compile_model
from mtc_tf.training.protocol import Protocol

arrays = dict(np.load(sys.argv[1]))
packets = arrays.pop("packets")
# Some draws of weights are more sensitive to the last digits than others.
keras.utils.set_random_seed(1)
model = MTC(
    {task: int(labels.max()) + 1 for task, labels in arrays.items()},
    {
        "num_encoders": (1, 1, 0),
        "stem_strides": 50,
        "encoder_dropout": 0.0,
        "cnn_dropout": 0.0,
    },
)
model.save(sys.argv[2])
weights = {task.name: task.loss_weight for task in PACKET_TASKS}
compile_model(model, Protocol(), weights, 1)
losses = []
for step in range(4):
    rows = slice(8 * step, 8 * step + 8)
    targets = {task: labels[rows] for task, labels in arrays.items()}
    loss = model.train_on_batch(
        {"packet": packets[rows]},
        {task: np.maximum(labels, 0) for task, labels in targets.items()},
        {task: np.float32(labels >= 0) for task, labels in targets.items()},
        return_dict=True,
    )["loss"]
    model.reset_metrics()
    losses.append(float(loss))
print(json.dumps(losses))
"""

UNDER_JAX = """
import json
import sys

import keras
import numpy as np

from benchmarks.jax_training import JaxTraining
from benchmarks.packet_arrays import read_arrays
from mtc_tf.models.mtc import MTC

packets, labels = read_arrays(sys.argv[1])
training = JaxTraining(
    keras.saving.load_model(sys.argv[2]), packets, labels, batch_size=8
)
losses = training.run(np.arange(32).reshape(4, 8))
print(json.dumps(np.asarray(losses).tolist()))
"""


@pytest.fixture
def arrays(tmp_path):
    """A file of 32 random rows, of which some lack a traffic type."""
    packets, labels = draw_arrays(32)
    labels["traffic_type"][::3] = -1
    path = tmp_path / "rows.npz"
    np.savez(path, packets=packets, **labels)
    return path


def test_jax_and_tensorflow_train_to_the_same_loss(arrays, tmp_path):
    model = tmp_path / "model.keras"
    # JAX first: where it is missing, nothing else need run.
    pytest.importorskip("jax", reason="jax is not installed")
    expected = run_under("tensorflow", "-c", UNDER_TENSORFLOW, arrays, model)
    received = run_under(
        "jax", "-c", WITHOUT_TENSORFLOW + UNDER_JAX, arrays, model
    )
    received, expected = (
        np.array(json.loads(output.splitlines()[-1]))
        for output in (received, expected)
    )
    differences = np.abs(received / expected - 1)
    assert differences[0] < 1e-6
    # A step of Adam is as long for a gradient of the last digits as for any.
    assert differences.max() < 1e-4


def test_command_measures_a_small_model(arrays):
    printed = run_under(
        "jax",
        "-c",
        WITHOUT_TENSORFLOW + "from benchmarks import gpu_training\n"
        "gpu_training.main()",
        f"--data={arrays}",
        *("--precision", "float32", "mixed_bfloat16"),
        "--batch_size=8",
        "--num_encoders=1,0,0",
        "--stem_strides=50",
        "--block_steps=1",
        "--seconds=0",
        "--protocol_samples=1000",
    )
    assert "no peak is known for 'cpu'" in printed
    # Once for each precision.
    assert printed.count("samples/s over 1 steps, data on the device") == 2
    assert printed.count("1,000 samples take") == 2
    assert "nan" not in printed


def test_share_of_the_peak_and_time_of_the_protocol():
    result = {
        "samples_per_second": 1000.0,
        "flops_per_sample": 2e9,
        "parameters": 5,
        "resident": False,
        "steps": 7,
        "first_loss": 2.0,
        "last_loss": 1.0,
    }
    lines = describe(result, peak_tflops=40, protocol_samples=7_200_000)
    assert lines[0] == "1,000.0 samples/s over 7 steps, data fed from the host"
    assert lines[2] == "2.000 TFLOP/s, 5.0% of 40 TFLOP/s"
    assert lines[3] == "7,200,000 samples take 2.00 hours at this rate"
    assert describe(result, None, 1)[2] == "2.000 TFLOP/s, no peak known"
