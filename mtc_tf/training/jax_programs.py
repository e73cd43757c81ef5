"""Training and validation under JAX, each as one compiled program."""

import jax
import jax.numpy as jnp
import keras
import numpy as np

from mtc_tf.data.header_augmentation import RANDOM_BYTES
from mtc_tf.data.header_augmentation import augment_headers
from mtc_tf.training.metric_variables import make_metric_variables

# Steps between which Python has a say: of the progress bar, of an interrupt.
BLOCK_STEPS = 64


class JaxPrograms:
    """Trains compiled Keras models of one shape side by side.

    Steps in a loop on the device cost no Python between them, which would
    take longer than the arithmetic of a batch on a fast card. A step is
    Keras's own `train_step`, and so are the figures. Several models are one
    program by `vmap`.

    Args:
        models: list of compiled Keras models of one shape, built under the
            JAX backend. They hold the state: it is read from them before an
            epoch and put back behind it, where callbacks find it.
        training: `DeviceRows` of the training part.
        validation: `DeviceRows` of the validation part.
        protocol: `Protocol` that they have in common.
    """

    def __init__(self, models, training, validation, protocol):
        for model in models:
            make_metric_variables(model)
        self._models = models
        self._model = models[0]  # whose graph all of them have
        self._rows = {"train": training, "validation": validation}
        self._batch_size = protocol.batch_size
        self._protocol = protocol
        self._train = jax.jit(self._train_block, donate_argnums=0)
        self._validate = jax.jit(self._validate_block, donate_argnums=0)

    def train(self, orders, seeds, after_block=None):
        """Trains all models for an epoch.

        Args:
            orders: integer array `(models, steps, batch_size)`: the rows of
                each batch of each model, counted over all array files.
            seeds: integer array `(models, 2)`: what the changes of header
                fields follow from, a training's seed and the epoch.
            after_block: callable or None, called with the number of steps
                done.

        Returns:
            list of states, one for each model, as `put` takes them.
        """
        state = self._state()
        _, steps, _ = orders.shape
        seeds = seeds.astype(np.uint32)
        if len(self._models) == 1:
            [seeds] = seeds
        for start in range(0, steps, BLOCK_STEPS):
            block = orders[:, start : start + BLOCK_STEPS]
            count = block.shape[1]
            block = self._by_step(_filled(block, min(steps, BLOCK_STEPS)))
            data, rows = self._rows["train"].block(block)
            state = self._train(state, data, rows, seeds, start, count)
            if after_block:
                jax.block_until_ready(state)
                after_block(start + count)
        return self._parted(state)

    def validate(self, offsets, counts):
        """Validates all models; the figures are in the metrics of the states.

        Args:
            offsets: list of int, the first row of each model's validation
                part.
            counts: list of int, the rows of each.

        Returns:
            tuple of a list of states as of `train`, and a list of dicts from
            task to int array `(rows,)`, what each model takes each row for.
        """
        size = self._batch_size
        batches = -(-max(counts) // size)
        places = np.arange(batches * size)
        order = np.stack(
            [
                offset + np.minimum(places, count - 1)
                for offset, count in zip(offsets, counts, strict=True)
            ]
        ).astype(np.int32)
        order = self._by_step(order.reshape(len(counts), batches, size))
        left = np.stack([count - places[::size] for count in counts])
        real = self._by_step(np.clip(left, 0, size).astype(np.int32))
        data, rows = self._rows["validation"].block(order)
        state, answers = self._validate(self._state(), data, rows, real)
        # (batches, [models,] batch_size) to (models, rows)
        answers = {
            task: np.moveaxis(
                np.asarray(classes).reshape(batches, len(counts), size), 0, 1
            ).reshape(len(counts), -1)
            for task, classes in answers.items()
        }
        return self._parted(state), [
            {task: classes[model, :count] for task, classes in answers.items()}
            for model, count in enumerate(counts)
        ]

    def flops_of_step(self):
        """Returns the floating-point operations of one step, as XLA counts.

        Counted before XLA optimises: afterwards a GPU's program calls library
        routines whose work XLA does not see.
        """
        shape = (len(self._models), 1, self._batch_size)
        [order] = self._by_step(np.zeros(shape, np.int32))
        data, rows = self._rows["train"].block(order)
        seeds = self._by_step(np.zeros((len(self._models), 1, 2), np.uint32))[0]
        step = jax.jit(self._train_all())
        lowered = step.lower(self._state(), data, rows, seeds, 0)
        return lowered.cost_analysis()["flops"]

    def put(self, index, state):
        """Gives a model its state back.

        Args:
            index: int. Which model.
            state: its state as of `train` or `validate`.
        """
        for variables, values in zip(
            _variables(self._models[index]), state, strict=True
        ):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)

    def _state(self):
        """The state of all models; copies, which programs write into."""
        states = [
            [[variable.value for variable in group] for group in groups]
            for groups in map(_variables, self._models)
        ]
        if len(states) == 1:
            return jax.tree.map(jnp.array, states[0])
        return jax.tree.map(lambda *values: jnp.stack(values), *states)

    def _parted(self, state):
        """The state of each model."""
        if len(self._models) == 1:
            return [state]
        return [
            jax.tree.map(lambda value, model=model: value[model], state)
            for model in range(len(self._models))
        ]

    def _by_step(self, values):
        """`(models, steps, …)` to `(steps, models, …)`; one has no axis."""
        if len(self._models) == 1:
            return values[0]
        return np.moveaxis(values, 0, 1)

    def _train_all(self):
        """A training step of all models, on rows of one memory."""
        if len(self._models) == 1:
            return self._train_step
        return jax.vmap(self._train_step, (0, None, 0, 0, None))

    def _test_all(self):
        if len(self._models) == 1:
            return self._test_step
        return jax.vmap(self._test_step, (0, None, 0, 0))

    def _train_block(self, state, data, rows, seeds, start, count):
        step = self._train_all()
        return jax.lax.fori_loop(
            0,
            count,
            lambda index, state: step(
                state, data, rows[index], seeds, start + index
            ),
            state,
        )

    def _validate_block(self, state, data, rows, real):
        step = self._test_all()
        return jax.lax.scan(
            lambda state, batch: step(state, data, *batch), state, (rows, real)
        )

    def _train_step(self, state, data, rows, seeds, number):
        """One step of one model on the rows of one batch."""
        inputs, *others = self._rows["train"].batch(data, rows)
        if self._protocol.augments:
            inputs = self._augmented(inputs, seeds, number)
        _, state = self._model.train_step(tuple(state), (inputs, *others))
        return [list(values) for values in state]

    def _augmented(self, inputs, seeds, number):
        """A batch of packets, their header fields changed."""
        seed, epoch = seeds
        key = jax.random.fold_in(jax.random.key(seed), epoch)
        return {
            name: augment_headers(
                packets,
                jax.random.bits(
                    jax.random.fold_in(key, number),
                    (len(packets), RANDOM_BYTES),
                    "uint8",
                ),
                randomize=self._protocol.randomize_fields,
                drop=self._protocol.drop_fields,
            )
            for name, packets in inputs.items()
        }

    def _test_step(self, state, data, rows, real):
        """Adds a batch to the metrics, of which `real` rows count.

        Returns the state and the classes that have the highest probability.
        """
        trainable, fixed, optimizer, metrics = state
        inputs, targets, weights = self._rows["validation"].batch(data, rows)
        counts = (jnp.arange(self._batch_size) < real).astype("float32")
        weights = {task: values * counts for task, values in weights.items()}
        _, (_, _, added) = self._model.test_step(
            (trainable, fixed, metrics), (inputs, targets, weights)
        )
        # Keras weighs the loss of a batch by its rows, and knows only of all.
        share = real / self._batch_size
        metrics = [
            old + (new - old) * share if is_mean else new
            for old, new, is_mean in zip(
                metrics, added, _are_of_losses(self._model), strict=True
            )
        ]
        # Keras's step keeps its answers to itself; XLA computes them once.
        probabilities, _ = self._model.stateless_call(
            trainable, fixed, inputs, training=False
        )
        answers = {
            task: jnp.argmax(of_task, axis=-1)
            for task, of_task in probabilities.items()
        }
        return [trainable, fixed, optimizer, metrics], answers


def _variables(model):
    """The groups of variables of which Keras's steps take the values."""
    return (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
        model.metrics_variables,
    )


def _are_of_losses(model):
    """Which variables of metrics are those of losses."""
    return [
        isinstance(metric, keras.metrics.Mean)
        for metric in model.metrics
        for _ in metric.variables
    ]


def _filled(block, steps):
    """A block of as many steps as the others; those added are not taken."""
    missing = steps - block.shape[1]
    return np.pad(block, ((0, 0), (0, missing), (0, 0)))
