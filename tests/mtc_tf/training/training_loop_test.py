import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

# Trains a small model with `fit` on one device and with the loop on two; in a
# process of its own, as TensorFlow takes the number of devices when it starts.
# SGD lets a wrong scale of the gradients show.
_TRAIN = """
import json
import keras, numpy as np, tensorflow as tf
from mtc_tf.training.training_loop import TrainingLoop

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 2,
)
mirrored = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
rng = np.random.default_rng(0)
x = {"x": rng.normal(size=(24, 4)).astype("float32")}
y = {"a": rng.integers(0, 3, 24), "b": rng.integers(0, 2, 24)}
weights = {"a": np.ones(24, "float32"), "b": np.ones(24, "float32")}
rows = tf.data.Dataset.from_tensor_slices((x, y, weights))

def batches(context=None):
    replicas = context.num_replicas_in_sync if context else 1
    return rows.take(16).batch(8 // replicas).repeat()

# Its last batch is smaller.
validation = rows.skip(16).batch(5)

def make_model(normalised, rate):
    keras.utils.set_random_seed(0)
    inputs = {"x": keras.Input((4,), name="x")}
    hidden = inputs["x"]
    if normalised:
        hidden = keras.layers.BatchNormalization(momentum=0.5)(hidden)
    hidden = keras.layers.Dense(5, activation="tanh")(hidden)
    outputs = {
        "a": keras.layers.Dense(3, activation="softmax", name="a")(hidden),
        "b": keras.layers.Dense(2, activation="softmax", name="b")(hidden),
    }
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer=keras.optimizers.SGD(rate),
        loss={
            task: keras.losses.SparseCategoricalCrossentropy(
                reduction="mean_with_sample_weight"
            )
            for task in outputs
        },
        loss_weights={"a": 2.0, "b": 1.0},
        weighted_metrics={task: ["accuracy"] for task in outputs},
    )
    return model

class Recorder(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.epochs, self.calls = [], []
    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append({k: float(v) for k, v in logs.items()})
    def on_train_batch_end(self, batch, logs=None):
        self.calls.append(f"train {batch}")
    def on_test_begin(self, logs=None):
        self.calls.append("test")
    def on_test_batch_end(self, batch, logs=None):
        self.calls.append(f"test {batch}")
    def on_test_end(self, logs=None):
        self.calls.append(sorted(logs))

def run(kind, normalised, rate):
    strategy = mirrored if kind == "loop" else tf.distribute.get_strategy()
    with strategy.scope():
        model = make_model(normalised, rate)
        model.optimizer.build(model.trainable_variables)
    recorder = Recorder()
    if kind == "fit":
        model.fit(
            batches(), epochs=2, steps_per_epoch=2, verbose=0,
            validation_data=validation, callbacks=[recorder],
        )
    else:
        TrainingLoop(model, strategy).run(
            training=batches, validation=validation, first_epoch=0, epochs=2,
            steps=2, callbacks=[recorder], verbose=0,
        )
    return {
        "epochs": recorder.epochs,
        "calls": recorder.calls,
        "weights": [w.ravel().tolist() for w in model.get_weights()],
        "moving_mean": [
            v.numpy().tolist()
            for v in model.variables if v.name == "moving_mean"
        ],
    }

print(json.dumps({
    "plain": {k: run(k, False, 0.5) for k in ("fit", "loop")},
    "normalised": {k: run(k, True, 0.0) for k in ("fit", "loop")},
}))
"""


@pytest.fixture(scope="module")
def trained():
    """Figures of the same training in both ways."""
    result = subprocess.run(
        [sys.executable, "-c", _TRAIN],
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


def test_two_devices_train_like_fit_on_one(trained):
    loop, fit = trained["plain"]["loop"], trained["plain"]["fit"]
    first, last = fit["epochs"]
    assert last["loss"] < first["loss"]
    for mine, theirs in zip(loop["weights"], fit["weights"], strict=True):
        assert mine == pytest.approx(theirs, rel=1e-5, abs=1e-6)
    for mine, theirs in zip(loop["epochs"], fit["epochs"], strict=True):
        assert mine == pytest.approx(theirs, rel=1e-5)


def test_callbacks_are_called_as_in_fit(trained):
    assert trained["plain"]["loop"]["calls"] == trained["plain"]["fit"]["calls"]


def test_moving_statistics_are_averaged_over_devices(trained):
    [mine] = trained["normalised"]["loop"]["moving_mean"]
    [one] = trained["normalised"]["fit"]["moving_mean"]
    assert any(abs(mean) > 1e-3 for mean in one)
    # The mean of all rows is the mean of the replicas' means.
    assert mine == pytest.approx(one, rel=1e-5)
