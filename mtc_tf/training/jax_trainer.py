"""From array files to trained models in run directories, under JAX."""

import dataclasses
import json
import pathlib
import re
import reprlib
import time
from collections.abc import Callable

import keras
import numpy as np

from mtc_tf.data.array_file import ArrayFile
from mtc_tf.data.row_order import row_order
from mtc_tf.errors import InputError
from mtc_tf.training import beginning
from mtc_tf.training import run_facts
from mtc_tf.training import sampling
from mtc_tf.training.callbacks import make_callbacks
from mtc_tf.training.callbacks import verbosity
from mtc_tf.training.checkpoint import Progress
from mtc_tf.training.device_rows import DeviceRows
from mtc_tf.training.flow_weighted_f1 import fw16
from mtc_tf.training.jax_programs import JaxPrograms
from mtc_tf.training.protocol import Protocol


@dataclasses.dataclass(frozen=True)
class Training:
    """One run to make.

    Args:
        source: `ArrayFile`.
        workdir: `pathlib.Path` of the run directory, which exists.
        protocol: `Protocol`.
        make_model: callable as of `mtc_tf.training.trainer.train`.
        loss_weights: dict as of `mtc_tf.training.trainer.train`, or None.
    """

    source: ArrayFile
    workdir: pathlib.Path
    protocol: Protocol
    make_model: Callable
    loss_weights: dict | None = None


# What models that train together may differ in: it decides which rows they
# see, and not what is computed.
_OWN = ("seed", "flow_cap", "class_power")


def train(trainings, deadline=None):
    """Trains models, or goes on where their trainings stopped.

    Several are trained side by side, as one program. Each has a run directory
    of its own, with what it would have had alone; one that is ahead of the
    others, or done, waits.

    Args:
        trainings: list of `Training`, of models of one shape.
        deadline: float or None. The time of `time.monotonic` behind which no
            epoch begins: the trainings are left as if interrupted.

    Returns:
        list of the history of each: a list of dicts, the figures of each
        epoch.

    Raises:
        InputError: as `mtc_tf.training.trainer.train`, or if the models cannot
            train together.
    """
    _check_protocols(trainings)
    done = [
        Progress.load(training.workdir, protocol=training.protocol)
        for training in trainings
    ]
    if all(progress.finished for progress in done):
        return [progress.history for progress in done]
    runs = [
        _Run(training, progress)
        for training, progress in zip(trainings, done, strict=True)
    ]
    _check_models(runs)
    _fit(runs, deadline)
    return [run.progress.history for run in runs]


class _Run:
    """A training with its model and its progress."""

    def __init__(self, training, progress):
        self.source, self.protocol = training.source, training.protocol
        self.workdir = training.workdir
        keras.utils.set_random_seed(self.protocol.seed)
        weights = beginning.weights_of_tasks(self.source, training.loss_weights)
        self.classes = beginning.classes_of_tasks(self.source, weights)
        sampling.check_dataset(self.source, self.protocol)
        self.progress = progress
        self.epochs, self.steps = beginning.schedule_on(
            self.source, self.protocol
        )
        self.row_weights, thin = sampling.weights_of_rows(
            self.source, self.protocol
        )
        if not progress.history:
            sampling.report_thin_classes(thin)
        self.validation_rows = self.source.rows_of(
            "validation", self.protocol.fraction
        )
        self.model = beginning.begin_or_resume(
            self.source,
            self.workdir,
            self.protocol,
            training.make_model,
            weights,
            self.progress,
            row_weights=self.row_weights,
        )
        self.model.stop_training = False
        self.width = getattr(self.model, "values_read", self.source.length)
        if self.width > self.source.width < self.source.length:
            raise InputError(
                f"{self.source.name} holds the first {self.source.width} "
                f"values of each row, and this model reads {self.width}; "
                "write the file with a larger --width"
            )
        if not self.progress.history:
            run_facts.write_facts(
                self.workdir,
                self.source,
                self.model,
                self.classes,
                self.protocol,
            )

    def is_due(self, epoch):
        """Whether this epoch is the next one of the run."""
        return (
            not self.progress.finished and len(self.progress.history) == epoch
        )

    def figures_of(self, answers):
        """What is computed of the answers on the validation part."""
        if self.protocol.monitor != "fw16":
            return {}
        labels = self.source.columns(
            "validation", ("flow", *self.classes), self.protocol.fraction
        )
        return fw16(
            {task: labels[task] for task in self.classes},
            answers,
            labels["flow"],
        )

    def begin(self, verbose):
        """Starts the callbacks."""
        self.callbacks = keras.callbacks.CallbackList(
            make_callbacks(self.protocol, self.progress, self.epochs),
            add_progbar=verbose > 0,
            model=self.model,
            verbose=verbose,
            epochs=self.epochs,
            steps=self.steps,
        )
        self.callbacks.on_train_begin()


def _fit(runs, deadline):
    """The loop over the epochs of all runs."""
    first = runs[0]
    sources = [run.source for run in runs]
    rows = {
        part: DeviceRows(
            sources, part, first.classes, min(run.width for run in runs)
        )
        for part in ("train", "validation")
    }
    programs = JaxPrograms(
        [run.model for run in runs],
        rows["train"],
        rows["validation"],
        first.protocol,
    )
    unfinished = [run for run in runs if not run.progress.finished]
    for run in unfinished:
        run.begin(verbosity(run.progress) if len(runs) == 1 else 0)
    for epoch in range(first.epochs):
        due = [run for run in runs if run.is_due(epoch)]
        if deadline and due and time.monotonic() > deadline:
            break
        if due:
            _epoch(programs, rows, runs, due, epoch)
    for run in unfinished:
        run.callbacks.on_train_end()


def _epoch(programs, rows, runs, due, epoch):
    """Trains all models for an epoch, and keeps those that are due."""
    for run in due:
        run.callbacks.on_epoch_begin(epoch)
    for run in runs:
        run.model.reset_metrics()
    orders = [_order(run, epoch, rows["train"].offsets) for run in runs]
    seeds = [(run.protocol.seed, epoch) for run in runs]
    states = programs.train(np.stack(orders), np.array(seeds), _reporter(runs))
    _keep(programs, runs, due, states)
    logs = {id(run): _figures(run.model) for run in due}
    for run in due:
        run.callbacks.on_test_begin()
    for run in runs:
        run.model.reset_metrics()
    states, answers = programs.validate(
        [rows["validation"].offsets[id(run.source)] for run in runs],
        [run.validation_rows for run in runs],
    )
    _keep(programs, runs, due, states)
    for run, answer in zip(runs, answers, strict=True):
        if run in due:
            figures = _figures(run.model) | run.figures_of(answer)
            logs[id(run)] |= {f"val_{name}": x for name, x in figures.items()}
            run.callbacks.on_test_end()
            run.callbacks.on_epoch_end(epoch, logs[id(run)])
    if len(runs) > 1:
        _print_epoch(epoch, runs, due)


def _order(run, epoch, offsets):
    """The rows of each batch of a run, counted over all array files."""
    order = row_order(
        run.source.rows_of("train", run.protocol.fraction),
        run.protocol.batch_size,
        run.steps,
        run.protocol.seed,
        epoch,
        run.row_weights,
    )
    return order + np.int32(offsets[id(run.source)])


def _keep(programs, runs, due, states):
    for index, (run, state) in enumerate(zip(runs, states, strict=True)):
        if run in due:
            programs.put(index, state)


def _reporter(runs):
    """What moves the progress bar of a model that trains alone."""
    if len(runs) > 1:
        return None
    return lambda steps: runs[0].callbacks.on_train_batch_end(steps - 1)


def _figures(model):
    return {
        name: float(value) for name, value in model.get_metrics_result().items()
    }


def _print_epoch(epoch, runs, due):
    name = f"val_{runs[0].protocol.monitor}"
    figures = [run.progress.history[-1][name] for run in due]
    print(
        f"Epoch {epoch + 1}/{runs[0].epochs}: {len(due)} of {len(runs)} models,"
        f" {name} {min(figures):.4f} to {max(figures):.4f}",
        flush=True,
    )


def _check_protocols(trainings):
    """Refuses protocols that differ in more than seeds."""
    first, *others = [
        {
            name: value
            for name, value in dataclasses.asdict(training.protocol).items()
            if name not in _OWN
        }
        for training in trainings
    ]
    for training, other in zip(trainings[1:], others, strict=True):
        for name, value in first.items():
            if other[name] != value:
                raise InputError(
                    f"models that train together share --{name}: "
                    f"{trainings[0].workdir} has {value}, {training.workdir} "
                    f"has {other[name]}"
                )


def _check_models(runs):
    """Refuses models that are no copies of each other."""
    first = runs[0]
    expected = _shape(first)
    for run in runs[1:]:
        for name, value in _shape(run).items():
            if value != expected[name]:
                raise InputError(
                    f"models that train together have one shape; {name} of "
                    f"{first.workdir} and {run.workdir} differ: "
                    f"{reprlib.repr(expected[name])} and {reprlib.repr(value)}"
                )


def _shape(run):
    config = json.dumps(run.model.get_config(), default=str, sort_keys=True)
    return {
        "their classes": run.classes,
        "epochs and steps": (run.epochs, run.steps),
        "the sizes of the model": [
            variable.shape for variable in run.model.variables
        ],
        # Keras numbers the names of layers that have none.
        "the model": re.sub(r"_\d+", "", config),
        "--loss_weights": run.model.get_compile_config()["loss_weights"],
    }
