"""The variables of models as values that compiled programs take and give."""

import jax
import jax.numpy as jnp
import numpy as np


class ModelStates:
    """Reads the state of Keras models of one shape, and puts it back.

    The state of a model is a list of four lists of arrays: weights that are
    trained, variables that are not, those of the optimizer and of the metrics.
    That of several models has an axis more, the first of each array; that of
    one model has none, so that its program is the plain one.

    Args:
        models: list of compiled Keras models of one shape.
    """

    def __init__(self, models):
        self._models = models
        self._is_one = len(models) == 1

    def read(self):
        """Returns the state of all models; copies, which may be donated."""
        states = [
            [[variable.value for variable in group] for group in groups]
            for groups in map(_variables, self._models)
        ]
        if self._is_one:
            return jax.tree.map(jnp.array, states[0])
        return jax.tree.map(lambda *values: jnp.stack(values), *states)

    def put(self, state, which):
        """Gives models their state back.

        Args:
            state: as of `read`.
            which: iterable of int, the indices of those that take it.
        """
        for index in which:
            for variables, values in zip(
                _variables(self._models[index]), state, strict=True
            ):
                self._assign(variables, values, index)

    def put_metrics(self, values):
        """Gives the metrics of all models their values back."""
        for index, model in enumerate(self._models):
            self._assign(model.metrics_variables, values, index)

    def by_step(self, values):
        """Turns `(models, steps, …)` into what a loop over steps takes.

        Returns:
            array `(steps, models, …)`, or `(steps, …)` of one model.
        """
        return values[0] if self._is_one else np.moveaxis(values, 0, 1)

    def of_all(self, step, axes):
        """Makes a step of one model one of all.

        Args:
            step: function of arrays.
            axes: tuple. For each argument 0, or None for what the models
                share.
        """
        return step if self._is_one else jax.vmap(step, axes)

    def _assign(self, variables, values, index):
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value if self._is_one else value[index])


def _variables(model):
    """The groups of variables of which Keras's steps take the values."""
    return (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
        model.metrics_variables,
    )
