"""What lets a training go on after an interruption."""

import csv
import time
from typing import NotRequired

import keras
import numpy as np
from typing_extensions import TypedDict

from mtc_tf.errors import InputError
from mtc_tf.files.atomic import replacing
from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import Object
from mtc_tf.files.json_files import read_json
from mtc_tf.models.loading import load_model
from mtc_tf.runs import run_directory
from mtc_tf.runs.run_directory import write_json
from mtc_tf.training.averaged_weights import averaged_weights
from mtc_tf.training.protocol import Protocol

# Whose protocol it is where none is given.
_PAPER = Protocol()


class _State(TypedDict):
    """What `state.json` holds."""

    finished: bool
    history: List[Object[float]]
    # Of each epoch; earlier versions have none.
    seconds: NotRequired[List[float]]


class Progress:
    """The epochs done so far, how long each took, and what goes with them.

    `state.json` is written last, so whatever it names is whole. Of several
    workers one writes, and all read. The best epoch, as the protocol has it, is
    kept as the model, with averaged weights where the protocol averages.
    """

    def __init__(
        self, workdir, history, finished, writes=True, protocol=_PAPER
    ):
        self.workdir = workdir
        self.history = history
        self.seconds = []
        self.finished = finished
        self.writes = writes
        self.protocol = protocol

    @classmethod
    def load(cls, workdir, writes=True, protocol=_PAPER):
        path = workdir / run_directory.CHECKPOINT_FOLDER / "state.json"
        try:
            state = read_json(path, _State)
        except FileNotFoundError:
            return cls(workdir, [], False, writes, protocol)
        history = state["history"]
        figure = f"val_{protocol.monitor}"
        for epoch, logs in enumerate(history, start=1):
            if figure not in logs or logs.keys() != history[0].keys():
                raise InputError(
                    f"{path} is damaged: expected the same figures of each "
                    f"epoch, {figure} among them, received others of epoch "
                    f"{epoch}"
                )
        progress = cls(workdir, history, state["finished"], writes, protocol)
        progress.seconds = state.get("seconds", [])
        return progress

    def checkpoint_path(self, epoch):
        folder = self.workdir / run_directory.CHECKPOINT_FOLDER
        return folder / f"epoch_{epoch:03d}.keras"

    def load_checkpoint(self):
        return load_model(self.checkpoint_path(len(self.history)), compile=True)

    def add_epoch(self, model, logs, finished, seconds):
        self.history.append(logs)
        self.seconds.append(seconds)
        best = self.protocol.best_epoch(self.history)
        is_best = best == len(self.history) - 1
        self.finished = finished
        if self.writes:
            self._write_epoch(model, is_best)

    def _write_epoch(self, model, is_best):
        epoch = len(self.history)
        self.checkpoint_path(epoch).parent.mkdir(exist_ok=True)
        if is_best:
            path = self.workdir / run_directory.MODEL_FILE
            with replacing(path) as temporary, averaged_weights(model):
                model.save(temporary, include_optimizer=False)
        with replacing(self.checkpoint_path(epoch)) as temporary:
            model.save(temporary)
        self._write_history()
        write_json(
            self.workdir / run_directory.CHECKPOINT_FOLDER / "state.json",
            {
                "finished": self.finished,
                "history": self.history,
                "seconds": self.seconds,
            },
        )
        self.checkpoint_path(epoch - 1).unlink(missing_ok=True)

    def _write_history(self):
        rows = [
            {"epoch": epoch, **logs}
            for epoch, logs in enumerate(self.history, start=1)
        ]
        # Not of a run whose first epochs another version did.
        if len(self.seconds) == len(rows):
            for row, seconds in zip(rows, self.seconds, strict=True):
                row["seconds"] = seconds
        path = self.workdir / run_directory.HISTORY_FILE
        with replacing(path) as temporary, temporary.open("w") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


class Checkpoint(keras.callbacks.Callback):
    """Saves after each epoch, and restores what Keras does not save.

    The other callbacks keep counters: on a restart they are shown the earlier
    epochs again and decide as they did then. Dropout keeps the state of its
    random numbers: it is set anew from the seed before each epoch.
    """

    def __init__(self, progress, protocol, watchers, epochs):
        super().__init__()
        self.epochs = epochs
        self.progress = progress
        self.protocol = protocol
        self.watchers = watchers

    def on_train_begin(self, logs=None):
        if self.protocol.schedule == "plateau":
            self.model.optimizer.learning_rate = self.protocol.learning_rate
        for epoch, earlier in enumerate(self.progress.history):
            for watcher in self.watchers:
                watcher.on_epoch_end(epoch, dict(earlier))

    def on_epoch_begin(self, epoch, logs=None):
        self._began = time.perf_counter()
        states = [
            variable
            for variable in self.model.variables
            if variable.name == "seed_generator_state"
        ]
        rng = np.random.default_rng([self.protocol.seed, epoch])
        for state in states:
            # Half the range, so that counting up does not wrap around.
            state.assign(rng.integers(0, 2**31, state.shape))

    def on_epoch_end(self, epoch, logs=None):
        finished = self.model.stop_training or epoch + 1 == self.epochs
        logs = {name: float(value) for name, value in logs.items()}
        # With its validation, on the clock; what is written now is not in it.
        seconds = time.perf_counter() - self._began
        self.progress.add_epoch(self.model, logs, bool(finished), seconds)
