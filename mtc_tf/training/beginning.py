"""How a training begins, or is taken up again, on every backend."""

from mtc_tf.errors import InputError
from mtc_tf.runs.initial_model import initial_model
from mtc_tf.training import initialisation
from mtc_tf.training import run_facts
from mtc_tf.training.compilation import compile_model

PRETRAINING_ROWS = 10_000
# Rows that a model's bins are fitted on.
ADAPTATION_ROWS = 20_000


def weights_of_tasks(source, loss_weights):
    """Returns the weights of the losses, by default the paper's.

    Args:
        source: `mtc_tf.data.prepared_dataset.PreparedDataset` or
            `mtc_tf.data.array_file.ArrayFile`.
        loss_weights: dict from task name to weight, or None.
    """
    if loss_weights is None:
        return {task.name: task.loss_weight for task in source.kind.tasks}
    return loss_weights


def classes_of_tasks(source, tasks):
    """Returns the names of the classes of each task that is trained.

    Args:
        source: as of `weights_of_tasks`.
        tasks: iterable of str.

    Returns:
        dict from task name to list of str.

    Raises:
        InputError: if the dataset has no such task, or no class for it.
    """
    known = source.metadata["classes"]
    for task in tasks:
        if task not in known:
            raise InputError(
                f"task {task!r} is none of {source.name}, which has "
                f"{', '.join(known)}; received in --loss_weights"
            )
    classes = {
        task: list(names) for task, names in known.items() if task in tasks
    }
    for task, names in classes.items():
        if not names:
            raise InputError(
                f"task {task!r} has no class in {source.name}; "
                "leave it out of --loss_weights"
            )
    return classes


def begin_or_resume(
    source,
    workdir,
    protocol,
    make_model,
    loss_weights,
    progress,
    replicas=1,
    row_weights=None,
):
    """Makes the compiled model of a run, or loads it as it was left.

    Args:
        source: as of `weights_of_tasks`.
        workdir: `pathlib.Path` of the run directory.
        protocol: `Protocol`.
        make_model: callable as of `mtc_tf.training.trainer.train`.
        loss_weights: dict from task name to weight.
        progress: `Progress` of the run.
        replicas: int. Devices that train the model together.
        row_weights: float array `(rows,)` of the training part, by which rows
            are drawn, or None.

    Returns:
        a compiled Keras model.

    Raises:
        InputError: as `mtc_tf.training.trainer.train`.
    """
    if progress.history:
        run_facts.check_same_beginning(workdir, source)
        return progress.load_checkpoint()
    classes = classes_of_tasks(source, loss_weights)
    model = make_model(
        {task: len(names) for task, names in classes.items()},
        source.kind.name,
        source.length,
    )
    if protocol.init is not None:
        initial = initial_model(protocol.init)
        new = initialisation.initialise(model, source, classes, initial)
        if progress.writes:
            initialisation.report(initial, source, new)
    else:
        _pretrain(model, source, replicas, protocol)
        constant = _adapt(model, source, protocol, row_weights)
        if constant and progress.writes:
            print(
                "header fields that are the same in all training rows, and "
                f"tell nothing: {', '.join(constant)}"
            )
    epochs, steps = schedule_on(source, protocol)
    compile_model(model, protocol, loss_weights, epochs * steps)
    return model


def schedule_on(source, protocol):
    """Returns epochs, and steps of each, on the rows of a dataset."""
    return protocol.schedule_of(source.rows_of("train", protocol.fraction))


def _pretrain(model, source, replicas, protocol):
    """Trains the parts of a model that wants it, each by itself."""
    if not hasattr(model, "pretrain"):
        return
    if replicas > 1:
        raise InputError(
            f"{type(model).__name__} is pre-trained layer by layer, which runs "
            "on one device only; leave --strategy out"
        )
    used = {
        "leave_out": protocol.leave_out,
        "flow_fraction": (
            protocol.flow_fraction if protocol.flow_fraction < 1 else None
        ),
    }
    for name, value in used.items():
        if value is not None:
            raise InputError(
                f"{type(model).__name__} is pre-trained on all rows, so "
                f"--{name} leaves nothing out of it; received: "
                f"--{name}={value}"
            )
    count = source.rows_of("train", protocol.fraction)
    rows = source.first_rows("train", min(count, PRETRAINING_ROWS))
    model.pretrain(rows, protocol.seed)


def _adapt(model, source, protocol, row_weights):
    """Fits a model that has bins; returns the fields that are constant."""
    if not hasattr(model, "adapt"):
        return []
    rows = source.drawn_rows(
        ADAPTATION_ROWS, protocol.seed, protocol.fraction, row_weights
    )
    return model.adapt(rows)
