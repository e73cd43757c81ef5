"""`mtc train --backend=jax`: one run, or several side by side."""

import contextlib
import functools

from mtc_tf.commands import protocol_flags
from mtc_tf.commands import startup
from mtc_tf.commands import train_flags
from mtc_tf.commands.arguments import expanded_path
from mtc_tf.commands.flag_models import make_model
from mtc_tf.commands.train_flags import FLAGS
from mtc_tf.commands.train_flags import PRECISIONS
from mtc_tf.commands.train_summary import summary
from mtc_tf.commands.train_workdir import check_workdir
from mtc_tf.commands.train_workdir import open_workdir
from mtc_tf.errors import InputError


def run(lines, deadline=None):
    """Trains under JAX, and says what came of it.

    Args:
        lines: list of command lines, each a list of str: one for each run.
        deadline: float or None. As of `mtc_tf.training.jax_trainer.train`.

    Returns:
        list of pairs `(training, history)`, one for each run: its
        `mtc_tf.training.jax_trainer.Training` and the figures of its epochs.

    Raises:
        InputError: if the runs cannot be trained, or not together.
    """
    _check(lines)
    # Only now: a wrong flag needs neither JAX nor the rows to be found out.
    startup.import_jax(*PRECISIONS[FLAGS.precision])
    from mtc_tf.training import jax_trainer

    with contextlib.ExitStack() as stack:
        trainings = []
        files = functools.cache(_open)
        for line in lines:
            source = files(_parse(line))
            FLAGS.dataset = _dataset(source)
            workdir = expanded_path(FLAGS.workdir)
            check_workdir(workdir)
            stack.enter_context(open_workdir(workdir))
            trainings.append(
                jax_trainer.Training(
                    source,
                    workdir,
                    protocol_flags.read(FLAGS),
                    functools.partial(_make_model, line, _dataset(source)),
                    train_flags.loss_weights(),
                )
            )
        histories = jax_trainer.train(trainings, deadline)
    trained = list(zip(trainings, histories, strict=True))
    for training, history in trained:
        if history:
            print(summary(training.workdir, training.protocol, history))
    return trained


def _check(lines):
    """Checks what the flags alone tell."""
    workdirs, precisions = set(), set()
    for line in lines:
        _parse(line)
        if FLAGS.backend != "jax":
            raise InputError(
                f"--together is of --backend=jax; received: {FLAGS.backend}"
            )
        train_flags.check()
        workdirs.add(expanded_path(FLAGS.workdir).resolve())
        precisions.add(FLAGS.precision)
    if len(workdirs) < len(lines):
        raise InputError(
            "runs that train together have a --workdir each; received: "
            f"{len(lines)} flagfiles with {len(workdirs)} folders"
        )
    if len(precisions) > 1:
        raise InputError(
            "runs that train together share --precision; received: "
            f"{', '.join(sorted(precisions))}"
        )


def _parse(line):
    """Reads a command line into `FLAGS`; returns the path of its arrays."""
    train_flags.parse(line)
    return FLAGS.arrays and expanded_path(FLAGS.arrays)


def _open(path):
    from mtc_tf.data.array_file import ArrayFile

    return ArrayFile(path)


def _dataset(source):
    return "{name}/{config}".format(**source.dataset)


def _make_model(line, dataset, *arguments):
    """Makes the model of a command line."""
    _parse(line)
    FLAGS.dataset = dataset
    return make_model(*arguments)
