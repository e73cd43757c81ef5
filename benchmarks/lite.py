"""What MTC-Lite costs beside the full MTC, on one core.

    python -m benchmarks.lite

Both models get random packets. Each is exported, and SavedModel and TFLite file
answer batches of 1 and of 128 packets; and each takes training steps, compiled
as `mtc_tf.training.trainer` does it and with its memory kept as `train.py` does
it. All of this by turns, so that other load on the machine strikes both, and in
seconds of processor time, which it stretches less than the time on the clock.
"""

import argparse
import os
import pathlib
import statistics
import sys
import tempfile
import time

import numpy as np
from tabulate import tabulate

from benchmarks.training import CLASSES
from mtc_tf.commands import memory
from mtc_tf.packets import PACKET_LENGTH
from mtc_tf.tasks import PACKET_TASKS

ANSWERS_GOAL = 7_000  # packets a second, the better of both artefacts
TRAINING_GOAL = 1_000  # samples a second
BATCH_SIZE = 128
_LEAST_SECONDS = 0.2  # of a turn
_ADAPTING_ROWS = 2_000


def main():
    """Runs the benchmark; returns the exit code: 0 where both goals are met."""
    args = _parse_arguments()
    use_one_core()
    memory.keep_freed_memory()
    models = {"MTC-Lite": make_lite(), "MTC": make_mtc()}
    costs = measure(models, args.batch_size, args.rounds)
    lite, mtc = costs["MTC-Lite"], costs["MTC"]
    rows = [
        [what, lite[what], mtc[what], lite[what] / mtc[what]] for what in lite
    ]
    print(
        tabulate(
            rows,
            ["on one core", *costs, "ratio"],
            floatfmt=("", ",.0f", ",.0f", ".3g"),
            intfmt=",",
        )
    )
    return 0 if _meets_goals(costs["MTC-Lite"], args.batch_size) else 1


def _parse_arguments():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.lite",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--batch_size", type=int, default=BATCH_SIZE)
    parser.add_argument(
        "--rounds", type=int, default=3, help="turns of each model"
    )
    return parser.parse_args()


def _meets_goals(costs, batch_size):
    answers = max(
        costs[_answers(artefact, batch_size)]
        for artefact in ("SavedModel", "LiteRT")
    )
    training = costs[_training(batch_size)]
    print(
        f"MTC-Lite answers {answers:,.0f} packets/s (goal: {ANSWERS_GOAL:,}) "
        f"and trains {training:,.0f} samples/s (goal: {TRAINING_GOAL:,})"
    )
    return answers >= ANSWERS_GOAL and training >= TRAINING_GOAL


def use_one_core():
    """Leaves this process one core and one thread; before TensorFlow starts."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def make_lite():
    """Makes MTC-Lite, with bins of random packets."""
    from mtc_tf.models.mtc_lite import MTCLite

    model = MTCLite(CLASSES)
    model.adapt(_packets(_ADAPTING_ROWS))
    return model


def make_mtc():
    """Makes the full MTC of Table 3."""
    from mtc_tf.models.mtc import MTC

    return MTC(CLASSES)


def _packets(rows):
    """Random bytes; half of the packets are TCP, half are UDP."""
    rng = np.random.default_rng(0)
    packets = rng.integers(0, 256, (rows, PACKET_LENGTH), "uint8")
    packets[:, 0], packets[:, 9] = 0x45, rng.choice([6, 17], rows)
    return packets


def measure(models, batch_size, rounds):
    """Measures several models by turns.

    Args:
        models: dict from name to a Keras model of packets.
        batch_size: int. Packets of a batch, beside batches of one.
        rounds: int. Turns of each model.

    Returns:
        dict from name to a dict: `parameters`, `FLOPs a packet`, and the
        packets that it takes in a second of processor time, the median over
        the rounds.
    """
    seconds = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, model in models.items():
            ways = _ways(model, batch_size, pathlib.Path(folder) / name)
            for way, (rows, run) in ways.items():
                run()  # tracing, and memory taken for the first time
                seconds[name, way] = (rows, run, [])
        for _ in range(rounds):
            for rows, run, rates in seconds.values():
                rates.append(_rate(run, rows))
    return {
        name: {
            "parameters": model.count_params(),
            "FLOPs a packet": flops(model),
            **{
                way: statistics.median(rates)
                for (owner, way), (_, _, rates) in seconds.items()
                if owner == name
            },
        }
        for name, model in models.items()
    }


def _ways(model, batch_size, folder):
    """What is measured of a model: rows of a run, and a function that runs."""
    from mtc_tf.export.saved_model import write_saved_model
    from mtc_tf.export.tflite import write_tflite
    from mtc_tf.inference import litert
    from mtc_tf.inference import saved_model
    from mtc_tf.inference.keras_model import serving_function

    write_saved_model(model, serving_function(model, None), folder / "1")
    write_tflite(folder / "1", folder / "model.tflite")
    artefacts = {
        "SavedModel": saved_model.load_function(folder / "1"),
        "LiteRT": litert.load_function(folder / "model.tflite"),
    }
    ways = {
        _answers(name, rows): (rows, _answering(function, rows))
        for name, function in artefacts.items()
        for rows in (1, batch_size)
    }
    ways[_training(batch_size)] = (batch_size, _trainer(model, batch_size))
    return ways


def _answers(artefact, rows):
    return f"{artefact}, batch {rows}, packets/s"


def _training(batch_size):
    return f"training, batch {batch_size}, samples/s"


def _answering(function, rows):
    packets = _packets(rows)
    return lambda: function(packets=packets)


def _trainer(model, batch_size):
    """A function that trains a model by one step."""
    import tensorflow as tf

    from mtc_tf.training import trainer
    from mtc_tf.training.protocol import Protocol

    weights = {task.name: task.loss_weight for task in PACKET_TASKS}
    trainer.seed_everything(0)
    trainer.compile_model(model, Protocol(), weights, total_steps=1)
    rng = np.random.default_rng(0)
    targets = {
        task: rng.integers(0, classes, batch_size)
        for task, classes in CLASSES.items()
    }
    batch = (
        {"packet": _packets(batch_size)},
        targets,
        {task: np.ones(batch_size, "float32") for task in targets},
    )
    iterator = iter(tf.data.Dataset.from_tensors(batch).repeat())
    model.make_train_function()
    return lambda: float(model.train_function(iterator)["loss"])


def _rate(run, rows):
    """Rows that it takes in a second of processor time."""
    count, begin = 0, time.process_time()
    while (passed := time.process_time() - begin) < _LEAST_SECONDS:
        run()
        count += 1
    return rows * count / passed


def flops(model):
    """Counts the floating-point operations of an answer to one packet.

    Args:
        model: a Keras model of packets.

    Returns:
        int, as TensorFlow's profiler counts them: a product and a sum are two.
    """
    import tensorflow as tf
    from tensorflow.python.framework import convert_to_constants

    from mtc_tf.inference.keras_model import rows_function

    function = rows_function(model).python_function
    one = tf.TensorSpec((1, *model.input["packet"].shape[1:]), tf.uint8)
    traced = tf.function(function).get_concrete_function(one)
    frozen = convert_to_constants.convert_variables_to_constants_v2(traced)
    options = tf.compat.v1.profiler.ProfileOptionBuilder
    counted = tf.compat.v1.profiler.profile(
        frozen.graph,
        options=options(options.float_operation()).with_empty_output().build(),
    )
    return counted.total_float_ops


if __name__ == "__main__":
    sys.exit(main())
