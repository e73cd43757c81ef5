"""From array files to trained models in run directories, under JAX."""

import time

import numpy as np

from mtc_tf.training.callbacks import verbosity
from mtc_tf.training.checkpoint import Progress
from mtc_tf.training.device_rows import DeviceRows
from mtc_tf.training.jax_programs import JaxPrograms
from mtc_tf.training.jax_run import JaxRun
from mtc_tf.training.jax_together import check_models
from mtc_tf.training.jax_together import check_protocols


def train(trainings, deadline=None):
    """Trains models, or goes on where their trainings stopped.

    Several are trained side by side, as one program. Each has a run directory
    of its own, with what it would have had alone; one that is ahead of the
    others, or done, waits.

    Args:
        trainings: list of `mtc_tf.training.jax_run.Training`, of models of one
            shape.
        deadline: float or None. The time of `time.monotonic` behind which no
            epoch begins but the first one: the trainings are left as if
            interrupted.

    Returns:
        list of the history of each: a list of dicts, the figures of each
        epoch.

    Raises:
        InputError: as `mtc_tf.training.trainer.train`, or if the models cannot
            train together.
    """
    check_protocols(trainings)
    done = [
        Progress.load(training.workdir, protocol=training.protocol)
        for training in trainings
    ]
    if all(progress.finished for progress in done):
        return [progress.history for progress in done]
    runs = [
        JaxRun(training, progress)
        for training, progress in zip(trainings, done, strict=True)
    ]
    check_models(runs)
    _fit(runs, deadline)
    return [run.progress.history for run in runs]


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
        if due:
            _epoch(programs, rows, runs, due, epoch)
            if deadline and time.monotonic() > deadline:
                break
    for run in unfinished:
        run.callbacks.on_train_end()


def _epoch(programs, rows, runs, due, epoch):
    """Trains all models for an epoch, and keeps those that are due."""
    for run in due:
        run.callbacks.on_epoch_begin(epoch)
    for run in runs:
        run.model.reset_metrics()
    orders = [
        run.order(epoch) + rows["train"].offset_of(run.source) for run in runs
    ]
    seeds = [(run.protocol.seed, epoch) for run in runs]
    programs.train(
        np.stack(orders),
        np.array(seeds),
        [index for index, run in enumerate(runs) if run in due],
        _reporter(runs),
    )
    logs = {id(run): run.figures() for run in due}
    for run in due:
        run.callbacks.on_test_begin()
    for run in runs:
        run.model.reset_metrics()
    answers = programs.validate(
        [rows["validation"].offset_of(run.source) for run in runs],
        [run.validation_rows for run in runs],
    )
    for run, answer in zip(runs, answers, strict=True):
        if run in due:
            figures = run.figures() | run.figures_of(answer)
            logs[id(run)] |= {f"val_{name}": x for name, x in figures.items()}
            run.callbacks.on_test_end()
            run.callbacks.on_epoch_end(epoch, logs[id(run)])
    if len(runs) > 1:
        _print_epoch(epoch, runs, due)


def _reporter(runs):
    """What moves the progress bar of a model that trains alone."""
    if len(runs) > 1:
        return None
    return lambda steps: runs[0].callbacks.on_train_batch_end(steps - 1)


def _print_epoch(epoch, runs, due):
    name = f"val_{runs[0].protocol.monitor}"
    figures = [run.progress.history[-1][name] for run in due]
    print(
        f"Epoch {epoch + 1}/{runs[0].epochs}: {len(due)} of {len(runs)} models,"
        f" {name} {min(figures):.4f} to {max(figures):.4f}",
        flush=True,
    )
