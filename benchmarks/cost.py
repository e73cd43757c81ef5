"""What the models cost, on one core.

    python -m benchmarks.cost
    python -m benchmarks.cost --data_dir=DATA --dataset=iscx_vpn_nonvpn/flow

MTC-Lite and MTC-Series, alone and as four members, and the full MTC get random
rows: packets, or windows of ten. Each is exported, and SavedModel and TFLite
file answer batches of 1 and of 128 rows; and each takes training steps,
compiled and with its memory kept as `mtc train` does it. All of this by turns,
so that other load on the machine strikes all, and in seconds of processor time,
which it stretches less than the time on the clock.

With a prepared dataset, its baselines instead: what they take to learn its
first task, and to answer the test part. Trees cannot learn from random rows
what they would from real ones.
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
from mtc_tf.errors import InputError
from mtc_tf.features.packet_series import packet_series
from mtc_tf.packets import PACKET_LENGTH
from mtc_tf.tasks import MISSING_LABEL
from mtc_tf.tasks import PACKET_TASKS

# Of MTC-Lite.
ANSWERS_GOAL = 7_000  # packets a second, the better of both artefacts
TRAINING_GOAL = 1_000  # samples a second
LITE = "MTC-Lite"
WINDOW = 10  # packets
BATCH_SIZE = 128
_LEAST_SECONDS = 0.5  # of a turn
_ADAPTING_ROWS = 2_000


def main():
    """Runs the benchmark; returns the exit code: 0 where the goals are met."""
    args = _parse_arguments()
    use_one_core()
    memory.keep_freed_memory()
    if args.dataset:
        try:
            print(measure_baselines(args.dataset, args.data_dir))
        except InputError as error:
            sys.exit(f"cost: {error}")
        return 0
    costs = measure(make_models(), args.batch_size, args.rounds)
    print(
        tabulate(
            [
                [what, *(cost[what] for cost in costs.values())]
                for what in next(iter(costs.values()))
            ],
            ["on one core", *costs],
            floatfmt=",.0f",
            intfmt=",",
        )
    )
    return 0 if _meets_goals(costs[LITE], args.batch_size) else 1


def _parse_arguments():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.cost",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--batch_size", type=int, default=BATCH_SIZE)
    parser.add_argument(
        "--rounds", type=int, default=3, help="turns of each model"
    )
    parser.add_argument("--dataset", metavar="NAME/CONFIG")
    parser.add_argument("--data_dir", metavar="DIR")
    args = parser.parse_args()
    if bool(args.dataset) != bool(args.data_dir):
        parser.error("--dataset and --data_dir go together")
    return args


def _meets_goals(costs, batch_size):
    answers = max(
        costs[_answers(artefact, batch_size)]
        for artefact in ("SavedModel", "LiteRT")
    )
    training = costs[_training(batch_size)]
    print(
        f"{LITE} answers {answers:,.0f} packets/s (goal: {ANSWERS_GOAL:,}) "
        f"and trains {training:,.0f} samples/s (goal: {TRAINING_GOAL:,})"
    )
    return answers >= ANSWERS_GOAL and training >= TRAINING_GOAL


def use_one_core():
    """Leaves this process one core and one thread; before TensorFlow starts."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def make_models():
    """Makes the models, with bins of random rows where they have bins."""
    from mtc_tf.models import all_models

    models = {
        LITE: all_models.MTCLite(CLASSES),
        f"{LITE}, 4 members": all_models.MTCLite(CLASSES, members=4),
        "MTC-Series": all_models.MTCSeries(CLASSES, "series", WINDOW),
        "MTC-Series, 4 members": all_models.MTCSeries(
            CLASSES, "series", WINDOW, members=4
        ),
        "MTC": all_models.MTC(CLASSES),
    }
    for model in models.values():
        if hasattr(model, "adapt"):
            model.adapt(_rows(model, _ADAPTING_ROWS))
    return models


def _rows(model, count):
    """Random rows of what a model looks at."""
    [name] = model.input
    if name == "packet":
        return _packets(count)
    rng = np.random.default_rng(0)
    packets = count * WINDOW
    rows = packet_series(
        _packets(packets),
        rng.integers(0, 2, packets),
        rng.exponential(0.1, packets),
        np.arange(packets) % WINDOW,
    )
    return rows.reshape(count, WINDOW, -1)


def _packets(rows):
    """Random bytes; half of the packets are TCP, half are UDP."""
    rng = np.random.default_rng(0)
    packets = rng.integers(0, 256, (rows, PACKET_LENGTH), "uint8")
    packets[:, 0], packets[:, 9] = 0x45, rng.choice([6, 17], rows)
    return packets


def measure(models, batch_size, rounds):
    """Measures several models by turns.

    Args:
        models: dict from name to a Keras model of packets or flows.
        batch_size: int. Rows of a batch, beside batches of one.
        rounds: int. Turns of each model.

    Returns:
        dict from name to a dict: `parameters`, `FLOPs a row`, and the rows
        that it takes in a second of processor time, the median over the
        rounds.
    """
    from mtc_tf.evaluation.flops import flops

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
            "FLOPs a row": flops(model),
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
    from mtc_tf.export.tflite import tflite_model
    from mtc_tf.inference import litert
    from mtc_tf.inference import saved_model
    from mtc_tf.inference.keras_model import serving_function

    signatures = {saved_model.SIGNATURE: serving_function(model, None)}
    write_saved_model(model, signatures, folder / "1")
    artefacts = {
        "SavedModel": saved_model.load_function(folder / "1"),
        "LiteRT": litert.load_function(
            tflite_model(folder / "1"), litert.MODEL_FILE
        ),
    }
    ways = {
        _answers(name, rows): (rows, _answering(model, function, rows))
        for name, function in artefacts.items()
        for rows in (1, batch_size)
    }
    ways[_training(batch_size)] = (batch_size, _trainer(model, batch_size))
    return ways


def _answers(artefact, rows):
    return f"{artefact}, batch {rows}, rows/s"


def _training(batch_size):
    return f"training, batch {batch_size}, rows/s"


def _answering(model, function, count):
    from mtc_tf.inference.keras_model import serving_function

    [argument] = serving_function(model, None).input_signature
    rows = {argument.name: _rows(model, count)}
    return lambda: function(**rows)


def _trainer(model, batch_size):
    """A function that trains a model by one step."""
    import tensorflow as tf

    from mtc_tf.training import trainer
    from mtc_tf.training.compilation import compile_model
    from mtc_tf.training.protocol import Protocol

    weights = {task.name: task.loss_weight for task in PACKET_TASKS}
    trainer.seed_everything(0)
    compile_model(model, Protocol(), weights, total_steps=1)
    rng = np.random.default_rng(0)
    targets = {
        task: rng.integers(0, classes, batch_size)
        for task, classes in CLASSES.items()
    }
    batch = (
        {name: _rows(model, batch_size) for name in model.input},
        targets,
        {task: np.ones(batch_size, "float32") for task in targets},
    )
    iterator = iter(tf.data.Dataset.from_tensors(batch).repeat())
    model.make_train_function()
    return lambda: float(model.train_function(iterator)["loss"])


def _rate(run, rows):
    """Rows that it takes in a second of processor time."""
    run()  # what ran before has emptied the caches
    count, begin = 0, time.process_time()
    while (passed := time.process_time() - begin) < _LEAST_SECONDS:
        run()
        count += 1
    return rows * count / passed


def measure_baselines(dataset, data_dir):
    """Measures the shallow models of a prepared dataset.

    Args:
        dataset: str. `NAME/CONFIG`.
        data_dir: str. Where it lies.

    Returns:
        str, a table: seconds of processor time to learn, and the rows that are
        answered in one, all at once and by batches.
    """
    from sklearn.base import clone

    from mtc_tf.data import input_pipeline
    from mtc_tf.evaluation.baselines.dataset_baselines import training_rows
    from mtc_tf.evaluation.baselines.part_rows import read_rows
    from mtc_tf.evaluation.baselines.shallow_models import BASELINES
    from mtc_tf.evaluation.baselines.shallow_models import fit_baseline

    builder = input_pipeline.load_builder(dataset, data_dir)
    kind = input_pipeline.model_input(builder)
    task = kind.tasks[0].name
    train, labels, power = training_rows(builder, [task])
    labels = labels[task]
    test = read_rows(builder, "test")
    lines = []
    for name, (table_of, estimator) in BASELINES[kind.name].items():
        estimator = clone(estimator)
        if "n_jobs" in estimator.get_params():
            estimator.set_params(n_jobs=1)
        begin = time.process_time()
        model = fit_baseline(estimator, table_of(train), labels, power)
        learned = time.process_time()
        table = table_of(test)
        model.predict_proba(table)
        answered = time.process_time()
        for start in range(0, len(table), BATCH_SIZE):
            model.predict_proba(table[start : start + BATCH_SIZE])
        by_batches = time.process_time() - answered
        lines.append(
            {
                f"{task} of {dataset}": name,
                "rows learned": np.count_nonzero(labels != MISSING_LABEL),
                "seconds": learned - begin,
                "rows/s at once": len(table) / (answered - learned),
                f"rows/s by {BATCH_SIZE}": len(table) / by_batches,
            }
        )
    return tabulate(lines, "keys", floatfmt=("", "", ",.1f", ",.0f", ",.0f"))


if __name__ == "__main__":
    sys.exit(main())
