"""Trains a model on a prepared dataset; one run directory for each experiment.

  mtc train --flagfile=configs/iscx/mtc.flags --data_dir=DIR --workdir=RUN
  mtc train --flagfile=configs/cicids2017/mtc.flags --data_dir=DIR \\
      --workdir=RUN
  mtc train --flagfile=RUN/flags.txt               # goes on after a stop
  mtc train --flagfile=RUN/flags.txt --workdir=R2  # the same run again
  mtc train --flagfile=configs/iscx/mtc.flags --data_dir=DIR \\
      --workdir=RUN --strategy=mirrored         # all GPUs at once

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
from mtc_tf.commands.arguments import expanded_path
from mtc_tf.commands.train_flags import FLAGS
from mtc_tf.errors import InputError
from mtc_tf.files.atomic import replacing
from mtc_tf.printable import printable
from mtc_tf.printable import spell_out_on_stdout
from mtc_tf.runs import run_lock
from mtc_tf.runs.run_directory import CHECKPOINT_FOLDER
from mtc_tf.runs.run_directory import FLAGS_FILE

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
        _run()
    except flags.Error as error:
        print(f"mtc train: error: {printable(error)}", file=sys.stderr)
        return 2
    except (InputError, OSError) as error:
        print(f"mtc train: error: {printable(error)}", file=sys.stderr)
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
    protocol = protocol_flags.read(FLAGS)
    best = protocol.best_epoch(history)
    figure = "validation loss" if protocol.monitor == "loss" else "fw16"
    print(
        f"{len(history)} epochs done; best is epoch {best + 1} "
        f"with {figure} {history[best][f'val_{protocol.monitor}']:.4f}\n"
        f"run directory: {printable(workdir)}\n"
        f"next: mtc evaluate --workdir={printable(workdir)}"
    )


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
    builder = input_pipeline.load_builder(FLAGS.dataset, FLAGS.data_dir)
    protocol = protocol_flags.read(FLAGS)
    with contextlib.ExitStack() as stack:
        if distribution.writes_run(strategy):
            workdir.mkdir(parents=True, exist_ok=True)
            stack.enter_context(run_lock.locked(workdir))
            # Again: another training may have ended in the meantime.
            check_workdir(workdir)
            with replacing(workdir / FLAGS_FILE) as temporary:
                temporary.write_text(train_flags.flags_text(), "utf-8")
        return trainer.train(
            builder,
            workdir,
            protocol,
            make_model=_make_model,
            loss_weights=train_flags.loss_weights(),
            strategy=strategy,
        )


def _make_model(num_classes, input_name, length):
    """Makes the model that the flags ask for."""
    from mtc_tf.models import all_models as models

    if FLAGS.model == "mtc":
        return models.MTC(num_classes, _mtc(input_name, length))
    if FLAGS.model == "transformer":
        return models.MultitaskTransformer(
            num_classes, input_name, length, **_transformer(length)
        )
    if FLAGS.model in ("cnn", "deep_packet_cnn"):
        return models.DeepPacketCNN(
            num_classes,
            input_name,
            length,
            dropout=FLAGS.cnn_dropout,
            batch_norm=FLAGS.model == "cnn",
        )
    others = {
        "deep_packet_sae": models.DeepPacketSAE,
        "flow_mlp": models.FlowMLP,
        "flow_dbn": models.FlowDBN,
        "flow_lstm": models.FlowLSTM,
        "flow_cnn_lstm": models.FlowCNNLSTM,
        "flow_ae_dnn": models.FlowAEDNN,
    }
    return others[FLAGS.model](num_classes, input_name, length)


def _mtc(input_name, length):
    """The arguments of MTC's backbone."""
    _check_tokens(length)
    return {
        "num_tokens": FLAGS.num_tokens,
        "hidden_dim": FLAGS.hidden_dim,
        "num_heads": FLAGS.num_heads,
        "num_encoders": train_flags.num_encoders(),
        "encoder_dropout": FLAGS.encoder_dropout,
        "cnn_dropout": FLAGS.cnn_dropout,
        "stem_strides": FLAGS.stem_strides,
        "norm_first": FLAGS.norm_first,
        "batch_norm": FLAGS.batch_norm,
        "input_name": input_name,
        "length": length,
    }


def _transformer(length):
    """The arguments of the Multi-task Transformer."""
    _check_tokens(length)
    [num_encoders] = train_flags.num_encoders()
    return {
        "num_tokens": FLAGS.num_tokens,
        "hidden_dim": FLAGS.hidden_dim,
        "num_heads": FLAGS.num_heads,
        "num_encoders": num_encoders,
        "dropout": FLAGS.encoder_dropout,
        "norm_first": FLAGS.norm_first,
    }


def _check_tokens(length):
    """Refuses tokens that the input does not fill."""
    tokens = -(-length // FLAGS.hidden_dim)
    if FLAGS.num_tokens != tokens:
        raise InputError(
            f"--dataset={FLAGS.dataset} has rows of {length} values: "
            f"--hidden_dim={FLAGS.hidden_dim} needs --num_tokens={tokens}; "
            f"received: --num_tokens={FLAGS.num_tokens}"
        )


def check_workdir(workdir):
    """Refuses a directory that holds a run with other flags.

    Args:
        workdir: `pathlib.Path` of the run directory, which may not exist.

    Raises:
        InputError: if it holds another run, or something else.
    """
    if workdir.exists() and not workdir.is_dir():
        raise InputError(f"workdir {str(workdir)!r} is not a directory")
    path = workdir / FLAGS_FILE
    if not path.exists():
        if workdir.is_dir() and not all(
            _is_left_by_a_start(entry.name) for entry in workdir.iterdir()
        ):
            raise InputError(
                f"workdir {str(workdir)!r} holds other files and no run; give "
                "a new folder"
            )
        return
    if not (workdir / CHECKPOINT_FOLDER / "state.json").exists():
        return  # no epoch is done: nothing is lost by beginning anew
    different = _differences(path.read_text("utf-8"), train_flags.flags_text())
    if different:
        raise InputError(
            f"workdir {str(workdir)!r} holds another run, which differs in "
            f"{' '.join(different)}; give a new folder"
        )


def _differences(written, asked):
    """The lines of two flagfiles that differ, but for where things lie.

    Earlier versions also wrote the flags that their model did not read, and
    had fewer of them, whose defaults are what these versions did.
    """
    written, asked = set(written.splitlines()), set(asked.splitlines())
    known = set(map(_name, written))
    compared = {
        name
        for name in map(_name, asked)
        if name in known or FLAGS[name].value != FLAGS[name].default
    }.difference(("workdir", "data_dir"))
    return sorted(line for line in written ^ asked if _name(line) in compared)


def _name(line):
    """The name of the flag in a line of a flagfile."""
    name = line.removeprefix("--").partition("=")[0]
    return name if name in FLAGS else name.removeprefix("no")


def _is_left_by_a_start(name):
    """Whether a training that was killed at once leaves such an entry."""
    return name == run_lock.LOCK_FILE or (
        name.startswith(".") and name.endswith(".partial")
    )
