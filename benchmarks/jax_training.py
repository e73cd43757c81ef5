"""Steps of training under Keras and JAX, compiled, on data in device memory."""

import jax
import jax.numpy as jnp
import keras
import numpy as np

from mtc_tf.tasks import MISSING_LABEL
from mtc_tf.tasks import PACKET_TASKS
from mtc_tf.training.adam import Adam

# Section 4.1.3 of the paper.
LEARNING_RATE = 1e-3
WEIGHT_DECAY = 1e-4

# Device memory that may be taken by the packets; the rest is for activations.
_SHARE_FOR_PACKETS = 0.5


class JaxTraining:
    """Trains a model by blocks of steps, each block one compiled program.

    Steps in a loop on the device cost no Python between them, which would
    take longer than the arithmetic of a batch on a fast card.

    Args:
        model: `mtc_tf.models.mtc.MTC`, built under the JAX backend. Its
            weights are copied; `model` itself stays as it is.
        packets: uint8 array `(rows, 1500)`.
        labels: dict from task name to integer array `(rows,)`, with
            `MISSING_LABEL` where a row has none.
        batch_size: int. Rows of a batch.
    """

    def __init__(self, model, packets, labels, batch_size):
        self._model = model
        self._batch_size = batch_size
        self._optimizer = Adam(LEARNING_RATE, l2=WEIGHT_DECAY)
        self._optimizer.build(model.trainable_variables)
        self._data = (packets, labels)
        self.resident = _fits_on_device(packets.nbytes)
        if self.resident:
            self._data = jax.device_put(self._data)
        # Copies: a block's program writes into the memory of its arguments.
        self._state = [
            [jnp.array(variable.value) for variable in variables]
            for variables in (
                model.trainable_variables,
                model.non_trainable_variables,
                self._optimizer.variables,
            )
        ]
        self._block = jax.jit(self._run_block, donate_argnums=0)

    def run(self, rows):
        """Trains on batches of rows and returns without waiting for the end.

        Args:
            rows: integer array `(steps, batch_size)`, the rows of each batch.
                Blocks with the same number of steps share one program.

        Returns:
            float32 JAX array `(steps,)`, the total loss of each step.
        """
        data, rows = self._data, np.asarray(rows, np.int32)
        if not self.resident:
            data = jax.tree.map(lambda array: array[rows.ravel()], data)
            rows = np.arange(rows.size, dtype=np.int32).reshape(rows.shape)
        self._state, losses = self._block(self._state, data, rows)
        return losses

    def flops_of_step(self):
        """Returns the floating-point operations of one step, as XLA counts.

        Counted before XLA optimises: afterwards a GPU's program calls library
        routines whose work XLA does not see.
        """
        data = jax.tree.map(lambda array: array[: self._batch_size], self._data)
        rows = np.arange(self._batch_size, dtype=np.int32)
        step = jax.jit(lambda state: self._step(state, data, rows))
        return step.lower(self._state).cost_analysis()["flops"]

    def _run_block(self, state, data, rows):
        return jax.lax.scan(
            lambda carried, batch: self._step(carried, data, batch), state, rows
        )

    def _step(self, state, data, rows):
        """One step on the rows of one batch."""
        trainable, fixed, optimizer = state
        packets, labels = jax.tree.map(lambda array: array[rows], data)
        (loss, fixed), gradients = jax.value_and_grad(
            self._total_loss, has_aux=True
        )(trainable, fixed, packets, labels)
        trainable, optimizer = self._optimizer.stateless_apply(
            optimizer, gradients, trainable
        )
        return [list(trainable), list(fixed), list(optimizer)], loss

    def _total_loss(self, trainable, fixed, packets, labels):
        """The weighted sum of the tasks' mean losses (Section 3.3.5)."""
        outputs, fixed = self._model.stateless_call(
            trainable, fixed, {"packet": packets}, training=True
        )
        loss_of = keras.losses.SparseCategoricalCrossentropy(
            reduction="mean_with_sample_weight"
        )
        total = sum(
            task.loss_weight
            * loss_of(
                jnp.maximum(labels[task.name], 0),
                outputs[task.name],
                sample_weight=labels[task.name] != MISSING_LABEL,
            )
            for task in PACKET_TASKS
            if task.name in outputs
        )
        return total, fixed


def _fits_on_device(size):
    """Whether data of `size` bytes leaves room for the training."""
    statistics = jax.devices()[0].memory_stats()
    # A CPU gives none: its memory is the one that holds the data already.
    if not statistics or "bytes_limit" not in statistics:
        return True
    return size <= _SHARE_FOR_PACKETS * statistics["bytes_limit"]
