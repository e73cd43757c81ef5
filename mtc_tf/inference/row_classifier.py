"""A trained model behind one call: rows in, named probabilities out.

The model of a run directory, an exported SavedModel and a TFLite file look the
same from here on. Evaluation, classification and the check of an export share
it.
"""

import dataclasses
from collections.abc import Callable

import numpy as np

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.inference.probabilities import checked_probabilities
from mtc_tf.runs.model_facts import ModelFacts
from mtc_tf.tasks import FEATURES
from mtc_tf.tasks import PACKET
from mtc_tf.tasks import SERIES

# Bounds the memory: inside the full model a packet takes several megabytes, a
# record a thirtieth of that.
PACKETS_PER_BATCH = 128
RECORDS_PER_BATCH = 2048
WINDOWS_PER_BATCH = 512
ROWS_PER_BATCH = {
    PACKET: PACKETS_PER_BATCH,
    FEATURES: RECORDS_PER_BATCH,
    SERIES: WINDOWS_PER_BATCH,
}


@dataclasses.dataclass(frozen=True)
class RowClassifier:
    """A trained model with what it takes to feed it and to read it.

    Args:
        facts: `ModelFacts`.
        function: callable. Rows `(batch, …)` -> dict from task name to tensor
            of probabilities `(batch, classes)` and, where the facts have
            quantiles of it, from `unknown` to tensor `(batch,)`.
    """

    facts: ModelFacts
    function: Callable

    @property
    def batch_size(self):
        """int. The most rows that the function is given at once."""
        return ROWS_PER_BATCH[self.facts.kind]

    def predict(self, rows):
        """Classifies any number of rows in bounded memory.

        Args:
            rows: array or tensor, at least one row: uint8 `(rows, 1500)` of
                packets, float32 `(rows, packets, 68)` of flows, or float32
                `(rows, features)` of records.

        Returns:
            dict from task name to float32 array `(rows, classes)`, and where
            the model answers it from `unknown` to float32 array `(rows,)`.

        Raises:
            InputError: if the model cannot be run, if it answers otherwise
                than its description says, or what it answers are no
                probabilities.
        """
        batches = [
            self._predict(rows[start : start + self.batch_size])
            for start in range(0, len(rows), self.batch_size)
        ]
        return {
            name: np.concatenate([batch[name] for batch in batches])
            for name in batches[0]
        }

    def check(self, source):
        """Tries the model on two rows.

        Args:
            source: path of the model, for messages.

        Returns:
            this classifier.

        Raises:
            InputError: as of `predict`.
        """
        rows = np.zeros((2, *self.facts.row_shape), self.facts.kind.dtype)
        rows[1] = 1
        try:
            self.predict(rows)
        except InputError as error:
            raise InputError(f"{source}: {error}") from error
        return self

    def _predict(self, rows):
        """Classifies a batch."""
        try:
            return checked_probabilities(
                self.function(rows),
                self.facts.tasks,
                len(rows),
                has_unknown=bool(self.facts.unknown),
            )
        except InputError:
            raise
        except Exception as error:  # a graph may do anything
            raise InputError(
                f"the model cannot be run: {first_line(error)}"
            ) from error
