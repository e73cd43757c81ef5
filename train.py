"""Trains a model on a prepared dataset; one run directory for each experiment.

  python train.py --flagfile=configs/iscx/mtc.flags --data_dir=DIR --workdir=RUN
  python train.py --flagfile=configs/cicids2017/mtc.flags --data_dir=DIR \
      --workdir=RUN
  python train.py --flagfile=RUN/flags.txt             # goes on after a stop
  python train.py --flagfile=RUN/flags.txt --workdir=R2  # the same run again
  python train.py --flagfile=configs/iscx/mtc.flags --data_dir=DIR \
      --workdir=RUN --strategy=mirrored                # all GPUs at once

Later flags win, so the command line overrides the file.
"""

import contextlib
import functools
import math
import os
import sys

from absl import app
from absl import flags

from mtc_tf.commands import startup
from mtc_tf.commands.arguments import expanded_path
from mtc_tf.errors import InputError
from mtc_tf.files.atomic import replacing
from mtc_tf.printable import printable
from mtc_tf.printable import spell_out_on_stdout
from mtc_tf.runs import run_lock
from mtc_tf.runs.run_directory import CHECKPOINT_FOLDER
from mtc_tf.runs.run_directory import FLAGS_FILE
from mtc_tf.tasks import MODEL_INPUTS

DATA = flags.DEFINE_string(
    "dataset",
    "iscx_vpn_nonvpn/flow",
    "Prepared dataset and configuration: NAME/CONFIG.",
)
DATA_DIR = flags.DEFINE_string(
    "data_dir",
    os.path.expanduser("~/tensorflow_datasets"),
    "Folder that `tfds build --data_dir` wrote to.",
)
WORKDIR = flags.DEFINE_string(
    "workdir", None, "Run directory to write or to go on with.", required=True
)
LOSS_WEIGHTS = flags.DEFINE_list(
    "loss_weights",
    None,
    "Weight of each task's loss: TASK=WEIGHT,… A task that is left out has no "
    "head. By default the paper's: "
    + " or ".join(
        ",".join(f"{task.name}={task.loss_weight:g}" for task in kind.tasks)
        for kind in MODEL_INPUTS.values()
    )
    + ".",
)

# The model, of mtc_tf.models. The arguments are those of MTC; the Transformer
# takes those of its branch, the others --cnn_dropout at most.
MODEL = flags.DEFINE_enum(
    "model",
    "mtc",
    [
        "mtc",
        "transformer",
        "cnn",
        "deep_packet_cnn",
        "deep_packet_sae",
        "flow_mlp",
        "flow_dbn",
        "flow_lstm",
        "flow_cnn_lstm",
        "flow_ae_dnn",
    ],
    "The model to train.",
)
NUM_TOKENS = flags.DEFINE_integer(
    "num_tokens", 30, "Tokens of the Transformer branch (n).", 1
)
HIDDEN_DIM = flags.DEFINE_integer("hidden_dim", 50, "Size of a token (d).", 1)
NUM_HEADS = flags.DEFINE_integer("num_heads", 6, "Attention heads (H).", 1)
NUM_ENCODERS = flags.DEFINE_list(
    "num_encoders",
    ["1", "5", "6"],
    "Encoders in the three blocks of MTC, or of the Transformer.",
)
ENCODER_DROPOUT = flags.DEFINE_float(
    "encoder_dropout", 0.1, "Dropout in the encoders.", 0.0, 0.999
)
CNN_DROPOUT = flags.DEFINE_float(
    "cnn_dropout", 0.07, "Dropout in the 1D-CNN blocks.", 0.0, 0.999
)
STEM_STRIDES = flags.DEFINE_integer(
    "stem_strides",
    1,
    "Above 1: MTC-small, whose 1D-CNN branch begins with a convolution of "
    "this stride.",
    lower_bound=1,
)
NORM_FIRST = flags.DEFINE_bool(
    "norm_first", True, "Normalise before each sublayer of an encoder."
)
BATCH_NORM = flags.DEFINE_bool(
    "batch_norm",
    True,
    "Normalise after each convolution of the 1D-CNN blocks. The fusion's own "
    "normalisations, which the paper names, stay in any case.",
)

STRATEGY = flags.DEFINE_enum(
    "strategy",
    "none",
    ["none", "mirrored", "multiworker"],
    "Who shares each batch: mirrored, the GPUs of this machine; multiworker, "
    "the processes of the variable TF_CONFIG, each started with this command, "
    "on one file system. The first of them writes the run directory.",
)

# Short runs.
MAX_STEPS = flags.DEFINE_integer(
    "max_steps",
    0,
    "The steps that 100 epochs become; --epochs=50 makes half of them. 0: all.",
    0,
)
FRACTION = flags.DEFINE_float(
    "fraction", 1.0, "Share of the training and validation rows.", 1e-9, 1.0
)

# The protocol: mtc_tf.training.trainer.Protocol.
EPOCHS = flags.DEFINE_integer("epochs", 100, "Most epochs.", 1)
BATCH_SIZE = flags.DEFINE_integer("batch_size", 128, "Rows of a batch.", 1)
LEARNING_RATE = flags.DEFINE_float("learning_rate", 1e-3, "Adam's rate.", 0.0)
SCHEDULE = flags.DEFINE_enum(
    "schedule",
    "plateau",
    ["plateau", "cosine"],
    "How the learning rate falls.",
)
WEIGHT_DECAY = flags.DEFINE_float("weight_decay", 1e-4, "Weight decay.", 0.0)
PLATEAU_FACTOR = flags.DEFINE_float(
    "plateau_factor", 0.1, "Factor on the rate at a plateau.", 0.0, 0.999
)
PLATEAU_PATIENCE = flags.DEFINE_integer(
    "plateau_patience", 10, "Epochs without progress before that.", 0
)
STOPPING_PATIENCE = flags.DEFINE_integer(
    "stopping_patience", 20, "Epochs without progress before the end.", 0
)
SEED = flags.DEFINE_integer(
    "seed", 0, "Seed of weights, order and dropout.", 0, 2**32 - 1
)


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"unexpected argument {argv[1]!r}")
    spell_out_on_stdout()
    try:
        _run()
    except (InputError, OSError) as error:
        print(f"train.py: error: {printable(error)}", file=sys.stderr)
        return 1
    return 0


def _run():
    loss_weights, num_encoders = check_flags()
    workdir = expanded_path(WORKDIR.value)
    _check_workdir(workdir)

    # Only now: a wrong flag needs no TensorFlow to be found out.
    startup.import_tensorflow()
    from mtc_tf.training import distribution

    if STRATEGY.value == "multiworker":
        print("waiting for the other workers of TF_CONFIG", file=sys.stderr)
    strategy = distribution.make_strategy(STRATEGY.value)
    with distribution.reporting_lost_workers():
        history = _train(strategy, workdir, loss_weights, num_encoders)
    if not distribution.writes_run(strategy):
        return
    best = min(history, key=lambda logs: logs["val_loss"])
    print(
        f"{len(history)} epochs done; best is epoch {history.index(best) + 1} "
        f"with validation loss {best['val_loss']:.4f}\n"
        f"run directory: {printable(workdir)}\n"
        f"next: mtc evaluate --workdir={printable(workdir)}"
    )


def _train(strategy, workdir, loss_weights, num_encoders):
    """Trains as the flags say, and returns the figures of each epoch."""
    from mtc_tf.data import input_pipeline
    from mtc_tf.training import distribution
    from mtc_tf.training import trainer

    distribution.check_agreement(
        strategy, {f"--{flag.name}": flag.value for flag in _experiment_flags()}
    )
    builder = input_pipeline.load_builder(DATA.value, DATA_DIR.value)
    protocol = trainer.Protocol(
        epochs=EPOCHS.value,
        batch_size=BATCH_SIZE.value,
        learning_rate=LEARNING_RATE.value,
        schedule=SCHEDULE.value,
        weight_decay=WEIGHT_DECAY.value,
        plateau_factor=PLATEAU_FACTOR.value,
        plateau_patience=PLATEAU_PATIENCE.value,
        stopping_patience=STOPPING_PATIENCE.value,
        seed=SEED.value,
        max_steps=MAX_STEPS.value,
        fraction=FRACTION.value,
    )
    with contextlib.ExitStack() as stack:
        if distribution.writes_run(strategy):
            workdir.mkdir(parents=True, exist_ok=True)
            stack.enter_context(run_lock.locked(workdir))
            # Again: another training may have ended in the meantime.
            _check_workdir(workdir)
            with replacing(workdir / FLAGS_FILE) as temporary:
                temporary.write_text(_flags_text(), "utf-8")
        return trainer.train(
            builder,
            workdir,
            protocol,
            make_model=functools.partial(_make_model, num_encoders),
            loss_weights=loss_weights,
            strategy=strategy,
        )


def check_flags():
    """Reads the flags that absl does not check, and checks them.

    Returns:
        tuple of the loss weights, as `mtc_tf.training.trainer.train` takes
        them, and the numbers of encoders.

    Raises:
        InputError: if one of them cannot be used.
    """
    for flag in _experiment_flags():
        # absl's bounds let the first through and know no upper one.
        if isinstance(flag.value, float) and not math.isfinite(flag.value):
            raise InputError(
                f"--{flag.name} must be finite; received: {flag.value}"
            )
    if HIDDEN_DIM.value % STEM_STRIDES.value:
        raise InputError(
            f"--stem_strides must divide --hidden_dim={HIDDEN_DIM.value}; "
            f"received: {STEM_STRIDES.value}"
        )
    if HIDDEN_DIM.value < NUM_HEADS.value:
        raise InputError(
            f"--num_heads must not exceed --hidden_dim={HIDDEN_DIM.value}; "
            f"received: {NUM_HEADS.value}"
        )
    return _loss_weights(), _num_encoders()


def _make_model(num_encoders, num_classes, input_name, length):
    """Makes the model that the flags ask for."""
    from mtc_tf.models import all_models as models

    if MODEL.value == "mtc":
        return models.MTC(num_classes, _mtc(num_encoders, input_name, length))
    if MODEL.value == "transformer":
        options = _transformer(num_encoders, length)
        return models.MultitaskTransformer(
            num_classes, input_name, length, **options
        )
    if MODEL.value == "cnn":
        return models.MultitaskCNN(
            num_classes, input_name, length, dropout=CNN_DROPOUT.value
        )
    if MODEL.value == "deep_packet_cnn":
        return models.DeepPacketCNN(
            num_classes, input_name, length, dropout=CNN_DROPOUT.value
        )
    others = {
        "deep_packet_sae": models.DeepPacketSAE,
        "flow_mlp": models.FlowMLP,
        "flow_dbn": models.FlowDBN,
        "flow_lstm": models.FlowLSTM,
        "flow_cnn_lstm": models.FlowCNNLSTM,
        "flow_ae_dnn": models.FlowAEDNN,
    }
    return others[MODEL.value](num_classes, input_name, length)


def _mtc(num_encoders, input_name, length):
    """The arguments of MTC's backbone."""
    _check_tokens(length)
    return {
        "num_tokens": NUM_TOKENS.value,
        "hidden_dim": HIDDEN_DIM.value,
        "num_heads": NUM_HEADS.value,
        "num_encoders": num_encoders,
        "encoder_dropout": ENCODER_DROPOUT.value,
        "cnn_dropout": CNN_DROPOUT.value,
        "stem_strides": STEM_STRIDES.value,
        "norm_first": NORM_FIRST.value,
        "batch_norm": BATCH_NORM.value,
        "input_name": input_name,
        "length": length,
    }


def _transformer(num_encoders, length):
    """The arguments of the Multi-task Transformer."""
    _check_tokens(length)
    return {
        "num_tokens": NUM_TOKENS.value,
        "hidden_dim": HIDDEN_DIM.value,
        "num_heads": NUM_HEADS.value,
        "num_encoders": num_encoders[0],
        "dropout": ENCODER_DROPOUT.value,
        "norm_first": NORM_FIRST.value,
    }


def _check_tokens(length):
    """Refuses tokens that the input does not fill."""
    tokens = -(-length // HIDDEN_DIM.value)
    if NUM_TOKENS.value != tokens:
        raise InputError(
            f"--dataset={DATA.value} has rows of {length} values: "
            f"--hidden_dim={HIDDEN_DIM.value} needs --num_tokens={tokens}; "
            f"received: --num_tokens={NUM_TOKENS.value}"
        )


def _loss_weights():
    """Reads `--loss_weights`, and checks the names against the tasks."""
    if LOSS_WEIGHTS.value is None:
        return None
    known = [task.name for kind in MODEL_INPUTS.values() for task in kind.tasks]
    weights = {}
    for item in LOSS_WEIGHTS.value:
        name, _, weight = item.partition("=")
        try:
            weights[name] = float(weight)
        except ValueError:
            weights[name] = -1.0
        if name not in known or not 0 < weights[name] < math.inf:
            raise InputError(
                "--loss_weights takes TASK=WEIGHT, with a task of "
                f"{', '.join(known)} and a weight above 0; received: {item!r}"
            )
    if not weights:
        raise InputError("--loss_weights names no task")
    return weights


def _num_encoders():
    try:
        counts = tuple(int(count) for count in NUM_ENCODERS.value)
    except ValueError:
        counts = ()
    blocks = 1 if MODEL.value == "transformer" else 3
    if len(counts) != blocks or min(counts) < 0:
        raise InputError(
            f"--num_encoders takes {blocks} numbers for --model={MODEL.value}; "
            f"received: {','.join(NUM_ENCODERS.value)!r}"
        )
    return counts


def _experiment_flags():
    """This program's flags, but for those that say where it runs."""
    module = flags.FLAGS.find_module_defining_flag(WORKDIR.name)
    return [
        flag
        for flag in flags.FLAGS.flags_by_module_dict()[module]
        if flag.name not in ("workdir", "data_dir", "strategy")
    ]


def _flags_text():
    """Returns the flags as a flagfile, but for the strategy."""
    places = [flags.FLAGS["workdir"], flags.FLAGS["data_dir"]]
    lines = [
        flag.serialize()
        for flag in [*places, *_experiment_flags()]
        if flag.value is not None
    ]
    return "\n".join(sorted(lines)) + "\n"


def _check_workdir(workdir):
    """Refuses a directory that holds a run with other flags."""
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
    written = set(path.read_text("utf-8").splitlines())
    asked = set(_flags_text().splitlines())
    different = sorted(
        line
        for line in written ^ asked
        if not line.startswith(("--workdir=", "--data_dir="))
    )
    if different:
        raise InputError(
            f"workdir {str(workdir)!r} holds another run, which differs in "
            f"{' '.join(different)}; give a new folder"
        )


def _is_left_by_a_start(name):
    """Whether a training that was killed at once leaves such an entry."""
    return name == run_lock.LOCK_FILE or (
        name.startswith(".") and name.endswith(".partial")
    )


if __name__ == "__main__":
    startup.end_on_interrupt(
        "train.py: interrupted; the same command goes on behind the last whole "
        "epoch"
    )
    app.run(main)
