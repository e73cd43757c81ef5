"""How fast MTC trains, against the same model in PyTorch.

    python -m benchmarks.training --data_dir=DATA

First both models get the same weights and must give the same outputs. Then
each takes training steps in a process of its own, by turns, so that other
load on the machine strikes both: the full MTC of Table 3 with its dropout,
compiled as `mtc_tf.training.trainer` does it and with its memory kept as
`train.py` does it, against PyTorch eager with the memory settings that serve it
best.

With a prepared dataset the input pipeline and an epoch follow: how many rows a
second arrive when nothing waits for them, and what an epoch costs beyond its
bare steps. PyTorch is not among the package's requirements: `pip install
torch`.
"""

import argparse
import importlib.util
import multiprocessing
import os
import statistics
import sys
import time

import numpy as np

from mtc_tf.commands import memory
from mtc_tf.packets import PACKET_LENGTH
from mtc_tf.tasks import PACKET_TASKS

ROWS_GOAL = 100_000  # rows a second of the input pipeline
EPOCH_GOAL = 0.05  # of the bare steps, beyond them
TOLERANCE = 1e-4  # between probabilities

# The classes of Table 1.
CLASSES = {"application": 17, "traffic_type": 12, "auxiliary": 6}

# Read by malloc when a process starts. Without them PyTorch gives each large
# tensor back to the system and gets fresh, zeroed pages for the next one.
TORCH_ENVIRONMENT = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "17179869184",
    "MALLOC_TOP_PAD_": "536870912",
}

_PARITY_ROWS = 4
_PIPELINE_ROWS = 200_000


def main():
    """Runs the benchmark; returns the exit code."""
    args = _parse_arguments()
    if importlib.util.find_spec("torch") is None:
        print("PyTorch is not installed; `pip install torch` and try again")
        return 1
    # As `train.py` does, and before TensorFlow starts its threads.
    memory.keep_freed_memory()
    difference = largest_difference(_PARITY_ROWS)
    print(f"largest difference of the outputs {difference:.1e}")
    if not difference <= TOLERANCE:
        print(f"above {TOLERANCE:.0e}: the models are not the same")
        return 1
    _compare_steps(args)
    if args.data_dir:
        _measure_pipeline_and_epoch(args)
    else:
        print("no --data_dir: input pipeline and epoch left out")
    return 0


def _parse_arguments():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--batch_size", type=int, default=128)
    parser.add_argument(
        "--rounds", type=int, default=5, help="turns of each side"
    )
    parser.add_argument(
        "--steps", type=int, default=2, help="training steps of a turn"
    )
    parser.add_argument(
        "--data_dir", help="the folder given to `tfds build --data_dir`"
    )
    parser.add_argument("--dataset", default="traffic_lab/paper")
    return parser.parse_args()


def largest_difference(rows, backbone=None):
    """Compares Keras and PyTorch in inference mode, with the same weights.

    Args:
        rows: int. Random packets to compare on.
        backbone: dict. Sizes of the model, arguments that `MTCBackbone` and
            `TorchMTC` share.

    Returns:
        float, the largest difference between two probabilities.
    """
    import torch

    from benchmarks.torch_mtc import TorchMTC
    from benchmarks.torch_mtc import copy_weights
    from mtc_tf.models.mtc import MTC

    backbone = backbone or {}
    model = MTC(CLASSES, backbone)
    rng = np.random.default_rng(0)
    # New biases and moving statistics are all alike; noise tells them apart.
    model.set_weights(
        [w + rng.uniform(-0.01, 0.01, w.shape) for w in model.get_weights()]
    )
    torch_model = TorchMTC(CLASSES, PACKET_TASKS, **backbone).eval()
    copy_weights(model, torch_model)
    packets = rng.integers(
        0, 256, (rows, *model.input["packet"].shape[1:]), "uint8"
    )
    expected = model({"packet": packets}, training=False)
    with torch.no_grad():
        received = torch_model(torch.from_numpy(packets))
    return max(
        float(np.abs(received[name].softmax(1).numpy() - expected[name]).max())
        for name in CLASSES
    )


def _compare_steps(args):
    """Prints the rates of both sides and their ratio."""
    keras_worker = _Worker(make_keras_step, args.batch_size, {})
    torch_worker = _Worker(make_torch_step, args.batch_size, TORCH_ENVIRONMENT)
    for worker in (keras_worker, torch_worker):
        worker.seconds(
            args.steps
        )  # tracing, and memory taken for the first time
    keras_seconds, torch_seconds = [], []
    for _ in range(args.rounds):
        keras_seconds.append(keras_worker.seconds(args.steps))
        torch_seconds.append(torch_worker.seconds(args.steps))
    keras_worker.stop()
    torch_worker.stop()
    samples = args.batch_size * args.steps
    rate = samples / statistics.median(keras_seconds)
    torch_rate = samples / statistics.median(torch_seconds)
    print(f"Keras on TensorFlow   {rate:8.1f} samples/s")
    print(f"PyTorch, eager        {torch_rate:8.1f} samples/s")
    print(f"ratio                 {rate / torch_rate:8.2f}")


class _Worker:
    """A process that takes training steps when it is told to.

    Args:
        make_step: function that takes the batch size and returns a function
            that takes one step.
        batch_size: int.
        environment: dict of the variables that the process starts with, beside
            those of this one.
    """

    def __init__(self, make_step, batch_size, environment):
        # Spawned: malloc reads its settings once, at the very start.
        context = multiprocessing.get_context("spawn")
        self._connection, other = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(make_step, batch_size, other), daemon=True
        )
        before = dict(os.environ)
        os.environ.update(environment)
        try:
            self._process.start()
        finally:
            os.environ.clear()
            os.environ.update(before)
        other.close()

    def seconds(self, steps):
        """Returns the seconds that `steps` training steps took."""
        self._connection.send(steps)
        return self._connection.recv()

    def stop(self):
        """Ends the process."""
        self._connection.send(None)
        self._process.join()


def _serve(make_step, batch_size, connection):
    step = make_step(batch_size)
    for steps in iter(connection.recv, None):
        connection.send(_seconds(step, steps))


def _seconds(step, steps):
    begin = time.perf_counter()
    for _ in range(steps):
        step()
    return time.perf_counter() - begin


def make_keras_step(batch_size):
    """Makes the full Keras MTC and a function that trains it by one step.

    Args:
        batch_size: int. Rows of the batch, which is always the same.

    Returns:
        function without arguments that returns the loss.
    """
    memory.keep_freed_memory()
    import tensorflow as tf

    inputs, targets = _random_batch(batch_size)
    weights = {name: np.ones(batch_size, "float32") for name in targets}
    batch = ({"packet": inputs}, targets, weights)
    model = _compiled_model(CLASSES)
    return _bare_step(model, tf.data.Dataset.from_tensors(batch).repeat())


def _compiled_model(num_classes):
    from mtc_tf.models.mtc import MTC
    from mtc_tf.training import trainer
    from mtc_tf.training.compilation import compile_model
    from mtc_tf.training.protocol import Protocol

    protocol = Protocol()
    trainer.seed_everything(protocol.seed)
    model = MTC(num_classes)
    loss_weights = {
        task.name: task.loss_weight
        for task in PACKET_TASKS
        if task.name in num_classes
    }
    compile_model(model, protocol, loss_weights, total_steps=1)
    return model


def _bare_step(model, batches):
    """What training does in each step, without its callbacks."""
    iterator = iter(batches)
    model.make_train_function()
    return lambda: float(model.train_function(iterator)["loss"])


def make_torch_step(batch_size):
    """The same as `make_keras_step` with PyTorch.

    Args:
        batch_size: int. Rows of the batch, which is always the same.

    Returns:
        function without arguments that returns the loss.
    """
    import torch
    import torch.nn.functional as F

    from benchmarks.torch_mtc import TorchMTC
    from mtc_tf.training.protocol import Protocol

    inputs, targets = _random_batch(batch_size)
    packets = torch.from_numpy(inputs)
    targets = {name: torch.from_numpy(y) for name, y in targets.items()}
    protocol = Protocol()
    model = TorchMTC(CLASSES, PACKET_TASKS)
    model.train()
    optimizer = torch.optim.Adam(
        model.parameters(),
        lr=protocol.learning_rate,
        weight_decay=protocol.weight_decay,
    )

    def step():
        optimizer.zero_grad()
        logits = model(packets)
        loss = sum(
            task.loss_weight
            * F.cross_entropy(logits[task.name], targets[task.name])
            for task in PACKET_TASKS
        )
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def _random_batch(batch_size):
    rng = np.random.default_rng(0)
    packets = rng.integers(0, 256, (batch_size, PACKET_LENGTH), "uint8")
    targets = {
        name: rng.integers(0, classes, batch_size)
        for name, classes in CLASSES.items()
    }
    return packets, targets


def _measure_pipeline_and_epoch(args):
    """Prints the rate of the input pipeline, and the cost of an epoch."""
    import keras

    from mtc_tf.data import input_pipeline
    from mtc_tf.data import training_batches
    from mtc_tf.training.protocol import Protocol

    builder = input_pipeline.load_builder(args.dataset, args.data_dir)
    num_classes = {
        task: len(names)
        for task, names in builder.info.metadata["classes"].items()
        if names
    }
    _, steps = Protocol(batch_size=args.batch_size).schedule_of(
        input_pipeline.rows_of(builder, "train")
    )
    batches = training_batches.read_for_training(
        builder, num_classes, args.batch_size, seed=0, steps=steps
    )
    rate = _pipeline_rate(batches, args.batch_size)
    print(f"input pipeline        {rate:8.0f} rows/s (goal: {ROWS_GOAL})")

    model = _compiled_model(num_classes)
    # The same batch again and again costs the pipeline nothing.
    step = _bare_step(model, batches.take(1).cache().repeat())

    bare, whole = [], []
    begin = 0.0

    def begin_epoch(epoch, logs):
        nonlocal begin
        bare.append(_seconds(step, args.steps))
        begin = time.perf_counter()

    def end_step(number, logs):
        if number == args.steps - 1:
            whole.append(time.perf_counter() - begin)

    model.fit(
        batches,
        epochs=1 + args.rounds,
        steps_per_epoch=args.steps,
        shuffle=False,
        callbacks=[
            keras.callbacks.LambdaCallback(
                on_epoch_begin=begin_epoch, on_train_batch_end=end_step
            )
        ],
        verbose=0,
    )
    # The first ones trace the model and fill the shuffle buffer.
    del bare[0], whole[0]
    bare, whole = statistics.median(bare), statistics.median(whole)
    print(f"bare step             {bare / args.steps:8.2f} s")
    print(
        f"epoch of {args.steps} steps     {whole / bare - 1:8.1%} beyond bare "
        f"steps (goal: {EPOCH_GOAL:.0%})"
    )


def _pipeline_rate(batches, batch_size):
    """Rows a second, the filling of the shuffle buffer included."""
    num_batches = -(-_PIPELINE_ROWS // batch_size)
    iterator = iter(batches.take(num_batches))
    begin = time.perf_counter()
    for _ in iterator:
        pass
    return num_batches * batch_size / (time.perf_counter() - begin)


if __name__ == "__main__":
    sys.exit(main())
