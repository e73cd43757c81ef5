"""The loop over epochs and steps of replicas that share each batch.

One device needs none of it: there `Model.fit` trains. `fit` does not run under
MultiWorkerMirroredStrategy (keras-team/keras, issue 20585), and under
MirroredStrategy it fails where the replicas cannot share a batch evenly, such
as that of a small validation part. This loop takes the same steps and calls
the same callbacks as `fit`.
"""

import keras
import tensorflow as tf

from mtc_tf.training.metric_variables import make_metric_variables


class TrainingLoop:
    """Trains and validates a compiled model on several replicas.

    Each replica normalises and averages its loss over its own rows. The
    moving statistics of the normalisations are averaged over the replicas
    after each epoch. Validation rows are not shared out: each replica goes
    through all of them.

    Args:
        model: a compiled Keras model with dicts of outputs, made in the scope
            of `strategy`.
        strategy: `tf.distribute.Strategy`.
    """

    def __init__(self, model, strategy):
        self.model = model
        self.strategy = strategy
        with strategy.scope():
            make_metric_variables(model)
        # Traced once: a function for the batches of each iterator.
        self._train = tf.function(self._train_step)
        self._test = tf.function(self._test_step)
        self._average = tf.function(self._average_statistics)

    def run(
        self,
        training,
        validation,
        first_epoch,
        epochs,
        steps,
        callbacks,
        verbose,
    ):
        """Trains until the last epoch, or until a callback ends it.

        Args:
            training: callable, as `tf.distribute` takes it: an `InputContext`
                -> endless `tf.data.Dataset` of the batches of a replica.
            validation: `tf.data.Dataset` of `(inputs, targets, weights)`.
            first_epoch: int. Epochs that were done before.
            epochs: int. Epochs there will be.
            steps: int. Steps of an epoch.
            callbacks: list of `keras.callbacks.Callback`.
            verbose: int. 0: say nothing; 1: a progress bar; 2: a line for
                each epoch.
        """
        batches = iter(
            self.strategy.distribute_datasets_from_function(training)
        )
        callbacks = keras.callbacks.CallbackList(
            callbacks,
            add_progbar=verbose > 0,
            model=self.model,
            verbose=verbose,
            epochs=epochs,
            steps=steps,
        )
        self.model.stop_training = False
        callbacks.on_train_begin()
        for epoch in range(first_epoch, epochs):
            callbacks.on_epoch_begin(epoch)
            self._train_epoch(batches, steps, callbacks)
            logs = self._metrics()
            self._average()
            for name, value in self._validate(validation, callbacks).items():
                logs[f"val_{name}"] = value
            callbacks.on_epoch_end(epoch, logs)
            if self.model.stop_training:
                break
        callbacks.on_train_end()
        # Metrics are read by all workers at once: so the others wait here
        # until the first one has written the run.
        self._metrics()

    def _train_epoch(self, batches, steps, callbacks):
        self.model.reset_metrics()
        for step in range(steps):
            callbacks.on_train_batch_begin(step)
            results = self._train(batches)
            # Those of one replica: all would have to wait for each other.
            logs = {
                name: self.strategy.experimental_local_results(value)[0]
                for name, value in results.items()
            }
            callbacks.on_train_batch_end(step, logs)

    def _validate(self, validation, callbacks):
        self.model.reset_metrics()
        callbacks.on_test_begin()
        batches = iter(validation)
        for step in range(int(validation.cardinality())):
            callbacks.on_test_batch_begin(step)
            self._test(batches)
            callbacks.on_test_batch_end(step)
        logs = self._metrics()
        callbacks.on_test_end(logs)
        return logs

    def _metrics(self):
        """The metrics over all replicas."""
        with self.strategy.scope():
            results = self.model.get_metrics_result()
        return {name: float(value) for name, value in results.items()}

    def _train_step(self, batches):
        return self.strategy.run(self.model.train_step, args=(next(batches),))

    def _test_step(self, batches):
        self.strategy.run(self.model.test_step, args=(next(batches),))

    def _average_statistics(self):
        statistics = [
            variable
            for variable in self.model.non_trainable_variables
            if variable.name != "seed_generator_state"
        ]

        def average():
            means = tf.distribute.get_replica_context().all_reduce(
                tf.distribute.ReduceOp.MEAN,
                # tf.identity: the value on this replica's device.
                [tf.identity(variable.value) for variable in statistics],
            )
            for variable, mean in zip(statistics, means, strict=True):
                variable.assign(mean)

        if statistics:
            self.strategy.run(average)
