"""The flags of `mtc train`, and of `train.py`."""

import math
import os

from absl import flags

from mtc_tf.commands import protocol_flags
from mtc_tf.errors import InputError
from mtc_tf.files.flagfiles import expand_flagfiles
from mtc_tf.packets import MASKS
from mtc_tf.tasks import PACKET_TASKS
from mtc_tf.tasks import RECORD_TASKS

# What Keras computes in, and how JAX multiplies float32 matrices.
PRECISIONS = {
    "float32": ("float32", "highest"),
    "tensorfloat32": ("float32", "tensorfloat32"),
    "mixed_bfloat16": ("mixed_bfloat16", "default"),
}

# Not absl's own registry, which all modules of a process share.
FLAGS = flags.FlagValues()

flags.DEFINE_string(
    "dataset",
    "iscx_vpn_nonvpn/flow",
    "Prepared dataset and configuration: NAME/CONFIG.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "data_dir",
    os.path.expanduser("~/tensorflow_datasets"),
    "Folder that `mtc build` or `tfds build` wrote to.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "workdir",
    None,
    "Run directory to write or to go on with; required.",
    flag_values=FLAGS,
)
flags.DEFINE_list(
    "masks",
    [],
    "Fields of packets that are zero in all rows: in training and validation, "
    "and wherever the run is used. Names as of `mtc preprocess --mask`: "
    + ", ".join(MASKS)
    + ".",
    flag_values=FLAGS,
)
flags.DEFINE_bool(
    "shuffle_labels",
    False,
    "Deal the labels of the training part out anew, flow by flow (records one "
    "by one), as --seed draws them. There is nothing to learn then: figures "
    "above chance come from an error in data or evaluation.",
    flag_values=FLAGS,
)
flags.DEFINE_list(
    "loss_weights",
    None,
    "Weight of each task's loss: TASK=WEIGHT,… A task that is left out has no "
    "head. By default the paper's: "
    + " or ".join(
        ",".join(f"{task.name}={task.loss_weight:g}" for task in tasks)
        for tasks in (PACKET_TASKS, RECORD_TASKS)
    )
    + ".",
    flag_values=FLAGS,
)

# What shapes a model, and which of it each model reads.
_TRANSFORMER = (
    "num_tokens",
    "hidden_dim",
    "num_heads",
    "num_encoders",
    "encoder_dropout",
    "norm_first",
)
MODEL_FLAGS = {
    "mtc": (*_TRANSFORMER, "cnn_dropout", "stem_strides", "batch_norm"),
    "mtc_lite": ("members", "branches", "encoder_dropout", "cnn_dropout"),
    "mtc_series": ("members", "encoder_dropout", "cnn_dropout"),
    "transformer": _TRANSFORMER,
    "cnn": ("cnn_dropout",),
    "deep_packet_cnn": ("cnn_dropout",),
    "deep_packet_sae": (),
    "tscrnn": (),
    "cnn_gru": (),
    "flow_mlp": (),
    "flow_dbn": (),
    "flow_lstm": (),
    "flow_cnn_lstm": (),
    "flow_ae_dnn": (),
}
flags.DEFINE_enum(
    "model",
    "mtc",
    list(MODEL_FLAGS),
    "The model to train. mtc reads all flags that shape a model: --num_tokens, "
    "--hidden_dim, --num_heads, --num_encoders, --encoder_dropout, "
    "--norm_first, --cnn_dropout, --stem_strides and --batch_norm; mtc_lite "
    "and mtc_series --members, --encoder_dropout and --cnn_dropout, mtc_lite "
    "also --branches; transformer the first six of mtc, cnn and "
    "deep_packet_cnn --cnn_dropout, the others none. One that the model does "
    "not read is refused. mtc_series, tscrnn and cnn_gru look at flows, and "
    "are for datasets of `series`.",
    flag_values=FLAGS,
)
flags.DEFINE_integer(
    "members",
    1,
    "Networks of mtc_lite or mtc_series that are trained side by side, each "
    "with weights of its own, and answer with the mean of their probabilities.",
    1,
    flag_values=FLAGS,
)
flags.DEFINE_enum(
    "branches",
    "both",
    ["both", "transformer", "cnn"],
    "Branches of mtc_lite: one alone is a comparison model of its size.",
    flag_values=FLAGS,
)
flags.DEFINE_integer(
    "num_tokens",
    30,
    "Tokens of the Transformer branch (n).",
    1,
    flag_values=FLAGS,
)
flags.DEFINE_integer(
    "hidden_dim", 50, "Size of a token (d).", 1, flag_values=FLAGS
)
flags.DEFINE_integer(
    "num_heads", 6, "Attention heads (H).", 1, flag_values=FLAGS
)
flags.DEFINE_list(
    "num_encoders",
    ["1", "5", "6"],
    "Encoders in the three blocks of MTC, or of the Transformer.",
    flag_values=FLAGS,
)
flags.DEFINE_float(
    "encoder_dropout",
    0.1,
    "Dropout in the encoders.",
    0.0,
    0.999,
    flag_values=FLAGS,
)
flags.DEFINE_float(
    "cnn_dropout",
    0.07,
    "Dropout in the 1D-CNN blocks.",
    0.0,
    0.999,
    flag_values=FLAGS,
)
flags.DEFINE_integer(
    "stem_strides",
    1,
    "Above 1: MTC-small, whose 1D-CNN branch begins with a convolution of "
    "this stride.",
    lower_bound=1,
    flag_values=FLAGS,
)
flags.DEFINE_bool(
    "norm_first",
    True,
    "Normalise before each sublayer of an encoder.",
    flag_values=FLAGS,
)
flags.DEFINE_bool(
    "batch_norm",
    True,
    "Normalise after each convolution of the 1D-CNN blocks. The fusion's own "
    "normalisations, which the paper names, stay in any case.",
    flag_values=FLAGS,
)

flags.DEFINE_enum(
    "strategy",
    "none",
    ["none", "mirrored", "multiworker"],
    "Who shares each batch: mirrored, the GPUs of this machine; multiworker, "
    "the processes of the variable TF_CONFIG, each started with this command, "
    "on one file system. The first of them writes the run directory.",
    flag_values=FLAGS,
)

protocol_flags.define(FLAGS)

flags.DEFINE_enum(
    "backend",
    "tensorflow",
    ["tensorflow", "jax"],
    "What trains. jax needs no TensorFlow; it reads --arrays, and takes the "
    "rows in another order.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "arrays",
    None,
    "With --backend=jax: the file that `mtc arrays` wrote, which says what "
    "--dataset is.",
    flag_values=FLAGS,
)
flags.DEFINE_enum(
    "precision",
    "float32",
    list(PRECISIONS),
    "With --backend=jax: what is computed in. float32 multiplies matrices in "
    "full, tensorfloat32 in the TF32 of NVIDIA's cards; mixed_bfloat16 keeps "
    "the weights in float32.",
    flag_values=FLAGS,
)
flags.DEFINE_list(
    "together",
    [],
    "With --backend=jax: flagfiles of runs to train side by side as one "
    "program, each with a --workdir of its own. The flags beside this one hold "
    "for all. They may differ in --seed, --arrays, --flow_cap and "
    "--class_power.",
    flag_values=FLAGS,
)

# They say where a run is made, not what it is.
_PLACES = ("workdir", "data_dir", "strategy", "arrays", "together")


def parse(arguments):
    """Reads the command line into `FLAGS`.

    Args:
        arguments: list of str, without the name of the command.

    Raises:
        absl.flags.Error: if a flag is unknown, missing, or out of its bounds,
            or if anything else stands there.
        InputError: if a flagfile cannot be read.
    """
    FLAGS.unparse_flags()
    for name in FLAGS:
        FLAGS[name].unparse()
    _, *rest = FLAGS(["mtc train", *expand_flagfiles(arguments)])
    if rest:
        raise flags.Error(f"unexpected argument {rest[0]!r}")
    if not FLAGS.workdir and not FLAGS.together:
        raise flags.Error("--workdir=DIR is required: where to write the run")


def check():
    """Checks what absl does not.

    Raises:
        InputError: if a flag cannot be used.
    """
    for name in experiment_flags():
        value = FLAGS[name].value
        # absl's bounds let the first through and know no upper one.
        if isinstance(value, float) and not math.isfinite(value):
            raise InputError(f"--{name} must be finite; received: {value}")
    _check_backend()
    _check_rows()
    _check_model()
    if FLAGS.hidden_dim % FLAGS.stem_strides:
        raise InputError(
            f"--stem_strides must divide --hidden_dim={FLAGS.hidden_dim}; "
            f"received: {FLAGS.stem_strides}"
        )
    if FLAGS.hidden_dim < FLAGS.num_heads:
        raise InputError(
            f"--num_heads must not exceed --hidden_dim={FLAGS.hidden_dim}; "
            f"received: {FLAGS.num_heads}"
        )
    protocol_flags.check(FLAGS)
    loss_weights()
    if "num_encoders" in MODEL_FLAGS[FLAGS.model]:
        num_encoders()


def _check_backend():
    """Refuses what one of the backends does not do."""
    if FLAGS.backend == "jax":
        if not FLAGS.arrays:
            raise InputError(
                "--backend=jax needs --arrays=FILE, which `mtc arrays` writes"
            )
        if FLAGS.strategy != "none":
            raise InputError(
                "--strategy is of --backend=tensorflow; received: "
                f"--strategy={FLAGS.strategy} with --backend=jax"
            )
        for name in ("leave_out", "masks", "shuffle_labels"):
            if FLAGS[name].value:
                raise InputError(
                    f"--{name} is of --backend=tensorflow; received: "
                    f"{FLAGS[name].serialize()} with --backend=jax"
                )
        return
    for name in ("arrays", "precision", "together"):
        if FLAGS[name].value and FLAGS[name].value != FLAGS[name].default:
            raise InputError(
                f"--{name} is of --backend=jax; received: "
                f"{FLAGS[name].serialize()} with --backend=tensorflow"
            )


def _check_rows():
    """Refuses changes of rows that are none, or contradict each other."""
    for name in FLAGS.masks:
        if name not in MASKS:
            raise InputError(
                f"--masks takes names of {', '.join(MASKS)}; received: {name!r}"
            )
    if FLAGS.shuffle_labels and FLAGS.leave_out:
        raise InputError(
            "--leave_out leaves out by the labels that --shuffle_labels deals "
            f"out anew; received: both, --leave_out={FLAGS.leave_out}"
        )
    if FLAGS.shuffle_labels and FLAGS.init is not None:
        raise InputError(
            "--shuffle_labels leaves nothing to learn, which weights of --init "
            f"may know already; received: both, --init={FLAGS.init}"
        )


def _check_model():
    """Refuses what would change nothing."""
    read = MODEL_FLAGS[FLAGS.model]
    for name in _unread_flags():
        if FLAGS[name].value != FLAGS[name].default:
            reads = ", ".join(f"--{name}" for name in read) or "none like it"
            raise InputError(
                f"--model={FLAGS.model} does not read --{name}, but {reads}; "
                f"received: {FLAGS[name].serialize()}"
            )


def _unread_flags():
    """Names of the flags that the model does not read."""
    every = {name for names in MODEL_FLAGS.values() for name in names}
    return sorted(every.difference(MODEL_FLAGS[FLAGS.model]))


def loss_weights():
    """Reads `--loss_weights`, and checks the names against the tasks.

    Returns:
        dict from task name to weight, or None where the flag is not given.

    Raises:
        InputError: if there is no such task, or the weight is no number above
            0.
    """
    if FLAGS.loss_weights is None:
        return None
    known = [task.name for task in (*PACKET_TASKS, *RECORD_TASKS)]
    weights = {}
    for item in FLAGS.loss_weights:
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


def num_encoders():
    """Reads `--num_encoders`.

    Returns:
        tuple of int, one number for each block that has encoders.

    Raises:
        InputError: if there are too many numbers, or too few.
    """
    try:
        counts = tuple(int(count) for count in FLAGS.num_encoders)
    except ValueError:
        counts = ()
    blocks = 1 if FLAGS.model == "transformer" else 3
    if len(counts) != blocks or min(counts) < 0:
        raise InputError(
            f"--num_encoders takes {blocks} numbers for --model={FLAGS.model}; "
            f"received: {','.join(FLAGS.num_encoders)!r}"
        )
    return counts


def experiment_flags():
    """Returns the names of the flags that say what a run is."""
    return sorted(set(FLAGS).difference(_PLACES, _unread_flags()))


def flags_text():
    """Returns the flags of one run as a flagfile, but for the strategy."""
    lines = [
        FLAGS[name].serialize()
        for name in ("workdir", "data_dir", "arrays", *experiment_flags())
        if FLAGS[name].value is not None
    ]
    return "\n".join(sorted(lines)) + "\n"
