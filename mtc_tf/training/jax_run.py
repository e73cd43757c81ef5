"""One of the runs that a training under JAX makes."""

import dataclasses
import pathlib
from collections.abc import Callable

import keras

from mtc_tf.data.array_file import ArrayFile
from mtc_tf.data.row_order import row_order
from mtc_tf.errors import InputError
from mtc_tf.training import beginning
from mtc_tf.training import run_facts
from mtc_tf.training import sampling
from mtc_tf.training.callbacks import make_callbacks
from mtc_tf.training.flow_weighted_f1 import fw16
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


class JaxRun:
    """A training with its model and its progress.

    Args:
        training: `Training`.
        progress: `Progress` of its run directory.

    Raises:
        InputError: as `mtc_tf.training.trainer.train`, or if the file lacks
            what the model reads.
    """

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
        """Returns whether this epoch is the next one of the run."""
        return (
            not self.progress.finished and len(self.progress.history) == epoch
        )

    def order(self, epoch):
        """Returns the rows of each batch of an epoch."""
        return row_order(
            self.source.rows_of("train", self.protocol.fraction),
            self.protocol.batch_size,
            self.steps,
            self.protocol.seed,
            epoch,
            self.row_weights,
        )

    def figures(self):
        """Returns what the model's metrics say, a dict of float."""
        figures = self.model.get_metrics_result().items()
        return {name: float(value) for name, value in figures}

    def figures_of(self, answers):
        """Returns what is computed of the answers on the validation part."""
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
        """Starts the callbacks; `verbose` is Keras's."""
        self.callbacks = keras.callbacks.CallbackList(
            make_callbacks(self.protocol, self.progress, self.epochs),
            add_progbar=verbose > 0,
            model=self.model,
            verbose=verbose,
            epochs=self.epochs,
            steps=self.steps,
        )
        self.callbacks.on_train_begin()
