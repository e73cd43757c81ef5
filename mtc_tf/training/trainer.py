"""From a prepared dataset to a trained model in a run directory."""

import pathlib

import keras
import numpy as np
import tensorflow as tf

from mtc_tf.data import input_pipeline
from mtc_tf.data import training_batches
from mtc_tf.data.prepared_dataset import PreparedDataset
from mtc_tf.errors import InputError
from mtc_tf.tasks import MISSING_LABEL
from mtc_tf.training import beginning
from mtc_tf.training import distribution
from mtc_tf.training import run_facts
from mtc_tf.training import sampling
from mtc_tf.training.callbacks import make_callbacks
from mtc_tf.training.callbacks import verbosity
from mtc_tf.training.checkpoint import Progress
from mtc_tf.training.flow_weighted_f1 import FlowWeightedF1
from mtc_tf.training.training_loop import TrainingLoop


def train(builder, workdir, protocol, make_model, loss_weights, strategy=None):
    """Trains a model, or goes on where an interrupted training stopped.

    Args:
        builder: a builder from `input_pipeline.load_builder`.
        workdir: path of the run directory, which exists.
        protocol: `Protocol`.
        make_model: callable. A dict from task name to number of classes, the
            name of the input and its length -> Keras model. One that has a
            method `pretrain` is given rows of the training part first.
        loss_weights: dict from task name to weight. A task without weight is
            left out of the model. None for the weights of the paper.
        strategy: `tf.distribute.Strategy` of `mtc_tf.training.distribution`, or
            None for one device. Of several workers the first one writes the
            run.

    Returns:
        list of dicts, the figures of each epoch.

    Raises:
        InputError: if the dataset has no class for a task, has not what the
            protocol goes by, or is not the one that the run began with; if
            another version of the package began an unfinished run; if the
            strategy cannot train this model or share out this batch size; if
            the workers hold other rows or see another run directory; if a loss
            is not finite.

    Paper: Section 4.1.3.
    """
    seed_everything(protocol.seed)
    workdir = pathlib.Path(workdir)
    strategy = strategy or tf.distribute.get_strategy()
    _check_shares(strategy, protocol)
    source = PreparedDataset(builder)
    loss_weights = beginning.weights_of_tasks(source, loss_weights)
    classes = beginning.classes_of_tasks(source, loss_weights)
    sampling.check_dataset(source, protocol)
    progress = Progress.load(
        workdir, distribution.writes_run(strategy), protocol
    )
    distribution.check_agreement(
        strategy,
        {
            f"the rows of {source.name}": dict(source.metadata["digests"]),
            f"the run in {workdir}": [progress.history, progress.finished],
        },
    )
    if progress.finished:
        return progress.history
    row_weights, thin = sampling.weights_of_rows(source, protocol)
    if progress.writes and not progress.history:
        sampling.report_thin_classes(thin)
    with strategy.scope():
        model = beginning.begin_or_resume(
            source,
            workdir,
            protocol,
            make_model,
            loss_weights,
            progress,
            replicas=strategy.num_replicas_in_sync,
            row_weights=row_weights,
        )
    if progress.writes and not progress.history:
        run_facts.write_facts(workdir, source, model, classes, protocol)
    _fit(model, strategy, source, classes, protocol, progress, row_weights)
    return progress.history


def seed_everything(seed):
    """Makes this process compute the same figures each time.

    Args:
        seed: int. Seed of initial weights, dropout and NumPy.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def _check_shares(strategy, protocol):
    """Refuses what several devices cannot do together."""
    alone = {
        "--monitor=fw16": protocol.monitor == "fw16",
        "--ema": protocol.ema,
    }
    for name, is_asked in alone.items():
        if is_asked and not distribution.is_one_device(strategy):
            raise InputError(
                f"{name} works on one device only; leave --strategy out"
            )
    replicas = strategy.num_replicas_in_sync
    if protocol.batch_size % replicas:
        raise InputError(
            f"{replicas} replicas share each batch: --batch_size must be a "
            f"multiple of {replicas}; received: {protocol.batch_size}"
        )


def _fit(model, strategy, source, tasks, protocol, progress, row_weights):
    first_epoch = len(progress.history)
    epochs, steps = beginning.schedule_on(source, protocol)

    def batches(context=None):
        return training_batches.read_for_training(
            source.builder,
            tasks,
            protocol.batch_size,
            protocol.seed,
            steps=steps,
            first_epoch=first_epoch,
            fraction=protocol.fraction,
            row_weights=row_weights,
            randomize_fields=protocol.randomize_fields,
            drop_fields=protocol.drop_fields,
            context=context,
        )

    validation = _validation(source, tasks, protocol)
    callbacks = make_callbacks(protocol, progress, epochs)
    if protocol.monitor == "fw16":
        callbacks.insert(0, _flow_weighted_f1(source, tasks, protocol))
    if distribution.is_one_device(strategy):
        model.fit(
            batches(),
            validation_data=validation,
            initial_epoch=first_epoch,
            epochs=epochs,
            steps_per_epoch=steps,
            shuffle=False,  # `read_for_training` does
            callbacks=callbacks,
            verbose=verbosity(progress),
        )
    else:
        TrainingLoop(model, strategy).run(
            batches,
            validation,
            first_epoch=first_epoch,
            epochs=epochs,
            steps=steps,
            callbacks=callbacks,
            verbose=verbosity(progress),
        )


def _validation(source, tasks, protocol):
    """The validation part, in which rows that are left out count nothing."""
    batches = input_pipeline.read_part(
        source.builder,
        "validation",
        tasks,
        protocol.batch_size,
        fraction=protocol.fraction,
    )
    if protocol.leave_out is None:
        return batches
    kept = sampling.kept_rows(source, "validation", protocol)
    kept = tf.data.Dataset.from_tensor_slices(np.float32(kept))

    def weigh(batch, kept):
        inputs, targets, weights = batch
        return inputs, targets, {x: y * kept for x, y in weights.items()}

    return tf.data.Dataset.zip(batches, kept.batch(protocol.batch_size)).map(
        weigh
    )


def _flow_weighted_f1(source, tasks, protocol):
    """The callback that computes `fw16` on the validation part."""
    columns = source.columns("validation", ("flow", *tasks), protocol.fraction)
    flows = columns.pop("flow")
    kept = sampling.kept_rows(source, "validation", protocol)
    columns = {
        task: np.where(kept, labels, MISSING_LABEL)
        for task, labels in columns.items()
    }
    batches = input_pipeline.read_part(
        source.builder,
        "validation",
        (),
        protocol.batch_size,
        fraction=protocol.fraction,
    )
    inputs = batches.map(lambda inputs, targets, weights: inputs)
    return FlowWeightedF1(inputs, columns, flows)
