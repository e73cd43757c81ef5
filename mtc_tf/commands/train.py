"""Trains a model on a prepared dataset; one run directory for each experiment.

  mtc train --flagfile=configs/iscx/mtc.flags --data_dir=DIR --workdir=RUN
  mtc train --flagfile=configs/cicids2017/mtc.flags --data_dir=DIR \\
      --workdir=RUN
  mtc train --flagfile=RUN/flags.txt               # goes on after a stop
  mtc train --flagfile=RUN/flags.txt --workdir=R2  # the same run again
  mtc train --flagfile=configs/iscx/mtc.flags --data_dir=DIR \\
      --workdir=RUN --strategy=mirrored         # all GPUs at once
  mtc train --flagfile=configs/iscx/mtc.flags --workdir=RUN --backend=jax \\
      --arrays=FILE         # without TensorFlow; `mtc arrays` writes FILE
  mtc train --flagfile=configs/iscx/lite.flags --data_dir=DIR \\
      --workdir=RUN --masks=transport.ports,ip.ttl    # what is lost without
  mtc train --flagfile=configs/iscx/lite.flags --data_dir=DIR \\
      --workdir=RUN --init=RUN0     # fine-tunes the model of RUN0

Later flags win, so the command line overrides the file. Flagfiles named
configs/… come with the package.
"""

import contextlib
import os
import sys

from absl import flags

from mtc_tf.commands import protocol_flags
from mtc_tf.commands import startup
from mtc_tf.commands import train_flags
from mtc_tf.commands import train_jax
from mtc_tf.commands.arguments import expanded_path
from mtc_tf.commands.flag_models import make_model
from mtc_tf.commands.train_flags import FLAGS
from mtc_tf.commands.train_summary import summary
from mtc_tf.commands.train_workdir import check_workdir
from mtc_tf.commands.train_workdir import open_workdir
from mtc_tf.errors import InputError
from mtc_tf.printable import printable
from mtc_tf.printable import spell_out_on_stdout

_HELP = ("--help", "-h", "--helpfull", "--helpshort")


def run(arguments):
    """Runs `mtc train` as a process of its own, which ^C ends with one line.

    Args:
        arguments: list of str, without the name of the command.

    Returns:
        int. Exit code: 0 fine, 1 the model could not be trained, 2 wrong
        usage, 130 interrupted.
    """
    startup.end_on_interrupt(
        "mtc train: interrupted; the same command goes on behind the last "
        "whole epoch"
    )
    code = main(arguments)
    if code and FLAGS.is_parsed() and FLAGS.strategy == "multiworker":
        # Where a worker was lost, TensorFlow's pools of threads may print a
        # traceback when Python takes them down.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def main(arguments):
    """Runs `mtc train` within this process, as of `run`."""
    spell_out_on_stdout()
    if set(_HELP).intersection(arguments):
        print(f"{__doc__}\nflags:{FLAGS.get_help()}")
        return 0
    try:
        train_flags.parse(arguments)
        if FLAGS.together or FLAGS.backend == "jax":
            train_jax.run(_command_lines(arguments))
        else:
            _run()
    except flags.Error as error:
        print(f"mtc train: error: {printable(error)}", file=sys.stderr)
        return 2
    except Exception as error:
        known = startup.damaged_file(error) or error
        if not isinstance(known, (InputError, OSError)):
            raise
        print(f"mtc train: error: {printable(known)}", file=sys.stderr)
        return 1
    return 0


def _run():
    train_flags.check()
    workdir = expanded_path(FLAGS.workdir)
    check_workdir(workdir)

    # Only now: a wrong flag needs no TensorFlow to be found out.
    startup.import_tensorflow()
    from mtc_tf.training import distribution

    if FLAGS.strategy == "multiworker":
        print("waiting for the other workers of TF_CONFIG", file=sys.stderr)
    strategy = distribution.make_strategy(FLAGS.strategy)
    with distribution.reporting_lost_workers():
        history = _train(strategy, workdir)
    if not distribution.writes_run(strategy):
        return
    print(summary(workdir, protocol_flags.read(FLAGS), history))


def _command_lines(arguments):
    """The command line of each run: with `--together` there are several."""
    if not FLAGS.together:
        return [arguments]
    # The last one ends the list of the first.
    return [
        [*arguments, f"--flagfile={path}", "--together="]
        for path in FLAGS.together
    ]


def _train(strategy, workdir):
    """Trains as the flags say, and returns the figures of each epoch."""
    from mtc_tf.data import input_pipeline
    from mtc_tf.training import distribution
    from mtc_tf.training import trainer

    distribution.check_agreement(
        strategy,
        {
            f"--{name}": FLAGS[name].value
            for name in train_flags.experiment_flags()
        },
    )
    protocol = protocol_flags.read(FLAGS)
    builder = input_pipeline.load_builder(
        FLAGS.dataset,
        FLAGS.data_dir,
        masks=FLAGS.masks,
        label_shuffle_seed=protocol.seed if FLAGS.shuffle_labels else None,
    )
    with contextlib.ExitStack() as stack:
        if distribution.writes_run(strategy):
            stack.enter_context(open_workdir(workdir))
        return trainer.train(
            builder,
            workdir,
            protocol,
            make_model=make_model,
            loss_weights=train_flags.loss_weights(),
            strategy=strategy,
        )
