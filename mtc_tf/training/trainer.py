"""From a prepared dataset to a trained model in a run directory."""

import pathlib
import sys

import keras
import tensorflow as tf

from mtc_tf.data import input_pipeline
from mtc_tf.errors import InputError
from mtc_tf.runs import run_directory
from mtc_tf.training import distribution
from mtc_tf.training import run_facts
from mtc_tf.training.adam import Adam
from mtc_tf.training.checkpoint import Checkpoint
from mtc_tf.training.checkpoint import Progress
from mtc_tf.training.finite_figures import FiniteFigures
from mtc_tf.training.training_loop import TrainingLoop

PRETRAINING_ROWS = 10_000
ADAPTING_ROWS = 50_000


def train(builder, workdir, protocol, make_model, loss_weights, strategy=None):
    """Trains a model, or goes on where an interrupted training stopped.

    Args:
        builder: a builder from `input_pipeline.load_builder`.
        workdir: path of the run directory, which exists.
        protocol: `Protocol`.
        make_model: callable. A dict from task name to number of classes, the
            name of the input and its length -> Keras model. One that has a
            method `adapt` or `pretrain` is given rows of the training part
            first.
        loss_weights: dict from task name to weight. A task without weight is
            left out of the model. None for the weights of the paper.
        strategy: `tf.distribute.Strategy` of `mtc_tf.training.distribution`, or
            None for one device. Of several workers the first one writes the
            run.

    Returns:
        list of dicts, the figures of each epoch.

    Raises:
        InputError: if the dataset has no class for a task, or is not the one
            that the run began with; if another version of the package began
            an unfinished run; if the strategy cannot train this model
            or share out this batch size; if the workers hold other rows or
            see another run directory; if a loss is not finite.

    Paper: Section 4.1.3.
    """
    seed_everything(protocol.seed)
    workdir = pathlib.Path(workdir)
    strategy = strategy or tf.distribute.get_strategy()
    _check_shares(strategy, protocol)
    kind = input_pipeline.model_input(builder)
    if loss_weights is None:
        loss_weights = {task.name: task.loss_weight for task in kind.tasks}
    classes = _classes(builder, loss_weights)
    progress = Progress.load(workdir, distribution.writes_run(strategy))
    digests = dict(builder.info.metadata["digests"])
    distribution.check_agreement(
        strategy,
        {
            f"the rows of {builder.info.full_name}": digests,
            f"the run in {workdir}": [progress.history, progress.finished],
        },
    )
    if progress.finished:
        return progress.history
    with strategy.scope():
        if progress.history:
            run_facts.check_same_beginning(workdir, builder)
            model = progress.load_checkpoint()
        else:
            model = make_model(
                {task: len(names) for task, names in classes.items()},
                kind.name,
                input_pipeline.input_length(builder),
            )
            _adapt(model, builder, protocol)
            _pretrain(model, builder, strategy, protocol)
            epochs, steps = _schedule(builder, protocol)
            compile_model(model, protocol, loss_weights, epochs * steps)
    if progress.writes and not progress.history:
        run_facts.write_facts(workdir, builder, model, classes, protocol)
    _fit(model, strategy, builder, classes, protocol, progress)
    return progress.history


def _classes(builder, tasks):
    """The names of the classes of each task that is trained."""
    known = builder.info.metadata["classes"]
    for task in tasks:
        if task not in known:
            raise InputError(
                f"task {task!r} is none of {builder.info.full_name}, which has "
                f"{', '.join(known)}; received in --loss_weights"
            )
    classes = {
        task: list(names) for task, names in known.items() if task in tasks
    }
    for task, names in classes.items():
        if not names:
            raise InputError(
                f"task {task!r} has no class in {builder.info.full_name}; "
                "leave it out of --loss_weights"
            )
    return classes


def _check_shares(strategy, protocol):
    """Refuses a batch that the replicas cannot share evenly."""
    replicas = strategy.num_replicas_in_sync
    if protocol.batch_size % replicas:
        raise InputError(
            f"{replicas} replicas share each batch: --batch_size must be a "
            f"multiple of {replicas}; received: {protocol.batch_size}"
        )


def _adapt(model, builder, protocol):
    """Fits what a model takes from its rows before it is trained."""
    if not hasattr(model, "adapt"):
        return
    count = input_pipeline.rows_of(builder, "train", protocol.fraction)
    constant = model.adapt(
        input_pipeline.first_rows(builder, "train", min(count, ADAPTING_ROWS))
    )
    if constant:
        print(
            "header fields that are the same in all training rows, and tell "
            f"nothing: {', '.join(constant)}"
        )


def _pretrain(model, builder, strategy, protocol):
    """Trains the parts of a model that wants it, each by itself."""
    if not hasattr(model, "pretrain"):
        return
    if strategy.num_replicas_in_sync > 1:
        raise InputError(
            f"{type(model).__name__} is pre-trained layer by layer, which runs "
            "on one device only; leave --strategy out"
        )
    count = input_pipeline.rows_of(builder, "train", protocol.fraction)
    rows = input_pipeline.first_rows(
        builder, "train", min(count, PRETRAINING_ROWS)
    )
    model.pretrain(rows, protocol.seed)


def seed_everything(seed):
    """Makes this process compute the same figures each time.

    Args:
        seed: int. Seed of initial weights, dropout and NumPy.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def compile_model(model, protocol, loss_weights, total_steps):
    """Gives a model its optimizer, losses and metrics.

    Args:
        model: a Keras model with an output for each task.
        protocol: `Protocol`.
        loss_weights: dict from task name to weight.
        total_steps: int. Steps of the training, for schedules that go by them.

    Paper: Section 4.1.3.
    """
    rate = protocol.learning_rate
    if protocol.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(
            rate, decay_steps=total_steps
        )
    model.compile(
        optimizer=Adam(rate, l2=protocol.weight_decay),
        # The mean over the rows that have a label, not over all rows.
        loss={
            task: keras.losses.SparseCategoricalCrossentropy(
                reduction="mean_with_sample_weight"
            )
            for task in loss_weights
        },
        loss_weights=loss_weights,
        # Weighted: a row without a label has the weight 0.
        weighted_metrics={task: ["accuracy"] for task in loss_weights},
        # XLA gains nothing for this model on a CPU.
        jit_compile=False,
    )
    # Otherwise the first step makes its variables, and TensorFlow traces it
    # twice.
    model.optimizer.build(model.trainable_variables)


def _fit(model, strategy, builder, tasks, protocol, progress):
    first_epoch = len(progress.history)
    epochs, steps = _schedule(builder, protocol)

    def training_batches(context=None):
        return input_pipeline.read_for_training(
            builder,
            tasks,
            protocol.batch_size,
            protocol.seed,
            steps=steps,
            first_epoch=first_epoch,
            fraction=protocol.fraction,
            context=context,
        )

    validation = input_pipeline.read_part(
        builder,
        "validation",
        tasks,
        protocol.batch_size,
        fraction=protocol.fraction,
    )
    callbacks = _callbacks(protocol, progress, epochs)
    if distribution.is_one_device(strategy):
        model.fit(
            training_batches(),
            validation_data=validation,
            initial_epoch=first_epoch,
            epochs=epochs,
            steps_per_epoch=steps,
            shuffle=False,  # `read_for_training` does
            callbacks=callbacks,
            verbose=_verbosity(progress),
        )
    else:
        TrainingLoop(model, strategy).run(
            training_batches,
            validation,
            first_epoch=first_epoch,
            epochs=epochs,
            steps=steps,
            callbacks=callbacks,
            verbose=_verbosity(progress),
        )


def _callbacks(protocol, progress, epochs):
    watchers = [
        keras.callbacks.EarlyStopping(patience=protocol.stopping_patience)
    ]
    if protocol.schedule == "plateau":
        watchers.append(
            keras.callbacks.ReduceLROnPlateau(
                factor=protocol.plateau_factor,
                patience=protocol.plateau_patience,
            )
        )
    writers = []
    if progress.writes:
        writers.append(
            keras.callbacks.TensorBoard(
                progress.workdir / run_directory.TENSORBOARD_FOLDER,
                write_graph=False,
            )
        )
    return [
        # First: of an epoch that is not finite nothing is written.
        FiniteFigures(),
        *watchers,
        *writers,
        # Last: it records what the others decided.
        Checkpoint(progress, protocol, watchers, epochs),
    ]


def _verbosity(progress):
    """A progress bar on a terminal, a line an epoch elsewhere."""
    if not progress.writes:
        return 0
    return 1 if sys.stdout.isatty() else 2


def _schedule(builder, protocol):
    """Epochs, and steps of each, on the rows of this dataset."""
    rows = input_pipeline.rows_of(builder, "train", protocol.fraction)
    return protocol.schedule_of(rows)
