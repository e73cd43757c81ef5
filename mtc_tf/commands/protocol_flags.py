"""The flags of `mtc_tf.training.protocol.Protocol`, one for each field."""

import dataclasses

from absl import flags

from mtc_tf.errors import InputError
from mtc_tf.training.protocol import Protocol


def define(values):
    """Defines the flags of the protocol.

    Args:
        values: `absl.flags.FlagValues` to add them to.
    """
    flags.DEFINE_integer("epochs", 100, "Most epochs.", 1, flag_values=values)
    flags.DEFINE_integer(
        "batch_size", 128, "Rows of a batch.", 1, flag_values=values
    )
    flags.DEFINE_enum(
        "optimizer",
        "adam",
        ["adam", "adamw"],
        "adam: the paper's. adamw: its weight decay is apart from the "
        "gradient, and leaves out biases, normalisations and positions.",
        flag_values=values,
    )
    flags.DEFINE_float(
        "learning_rate",
        1e-3,
        "The optimizer's highest rate.",
        0.0,
        flag_values=values,
    )
    flags.DEFINE_enum(
        "schedule",
        "plateau",
        ["plateau", "cosine"],
        "How the learning rate falls.",
        flag_values=values,
    )
    flags.DEFINE_float(
        "warmup",
        0.0,
        "Share of the steps in which the rate of --schedule=cosine rises.",
        0.0,
        0.999,
        flag_values=values,
    )
    flags.DEFINE_float(
        "final_rate",
        0.0,
        "Share of the rate that --schedule=cosine ends with.",
        0.0,
        1.0,
        flag_values=values,
    )
    flags.DEFINE_float(
        "weight_decay", 1e-4, "Weight decay.", 0.0, flag_values=values
    )
    flags.DEFINE_float(
        "clip_norm",
        0.0,
        "Longest gradient of all weights together. 0: no bound.",
        0.0,
        flag_values=values,
    )
    flags.DEFINE_float(
        "label_smoothing",
        0.0,
        "Share of a label that is spread over all classes.",
        0.0,
        0.999,
        flag_values=values,
    )
    flags.DEFINE_float(
        "plateau_factor",
        0.1,
        "Factor on the rate at a plateau.",
        0.0,
        0.999,
        flag_values=values,
    )
    flags.DEFINE_integer(
        "plateau_patience",
        10,
        "Epochs without progress before that.",
        0,
        flag_values=values,
    )
    flags.DEFINE_integer(
        "stopping_patience",
        20,
        "Epochs without progress before the end.",
        0,
        flag_values=values,
    )
    flags.DEFINE_float(
        "ema",
        0.0,
        "Momentum of a moving average of the weights, which is then the model "
        "that is validated and kept. 0: none.",
        0.0,
        0.999999,
        flag_values=values,
    )
    flags.DEFINE_enum(
        "monitor",
        "loss",
        ["loss", "fw16"],
        "What chooses the epoch, and what --schedule=plateau and stopping go "
        "by: the validation loss, or the macro F1 of the validation part "
        "where a flow counts at most 16 packets.",
        flag_values=values,
    )
    flags.DEFINE_integer(
        "flow_cap",
        0,
        "Draw training packets so that a flow counts at most so many. 0: no "
        "bound.",
        0,
        flag_values=values,
    )
    flags.DEFINE_float(
        "class_power",
        0.0,
        "Draw training packets so that the total of an activity is taken to "
        "the power 1 - class_power. 1: all activities alike; 0: as they come.",
        0.0,
        1.0,
        flag_values=values,
    )
    flags.DEFINE_float(
        "randomize_fields",
        0.0,
        "How often IP id, TTL, client port, seq, ack and window of a training "
        "packet are each replaced at random.",
        0.0,
        1.0,
        flag_values=values,
    )
    flags.DEFINE_float(
        "drop_fields",
        0.0,
        "How often they are each set to 0 instead.",
        0.0,
        1.0,
        flag_values=values,
    )
    flags.DEFINE_integer(
        "seed",
        0,
        "Seed of weights, order and dropout.",
        0,
        2**32 - 1,
        flag_values=values,
    )

    # Short runs.
    flags.DEFINE_integer(
        "max_steps",
        0,
        "Train at most so many steps, in as few epochs as hold them. 0: no "
        "bound.",
        0,
        flag_values=values,
    )
    flags.DEFINE_float(
        "fraction",
        1.0,
        "Share of the training and validation rows.",
        1e-9,
        1.0,
        flag_values=values,
    )
    flags.DEFINE_float(
        "flow_fraction",
        1.0,
        "Share of the training flows, drawn by --seed from each activity, one "
        "of each at least. An epoch has as many steps as with all of them; "
        "validation, test and the baselines of `mtc evaluate` stay whole.",
        1e-9,
        1.0,
        flag_values=values,
    )
    flags.DEFINE_string(
        "init",
        None,
        "Weights to begin with instead of random ones (fine-tuning): the run "
        "directory or .keras file of a model of the same kind and sizes, or "
        "lab, the model that comes with the package. All but heads whose "
        "classes differ is taken over, the bins of header fields too.",
        flag_values=values,
    )
    flags.DEFINE_string(
        "leave_out",
        None,
        "An application whose rows neither train nor validate, to measure how "
        "a model takes traffic that it does not know.",
        flag_values=values,
    )


def check(values):
    """Refuses flags that contradict each other.

    Args:
        values: `absl.flags.FlagValues` that were parsed.

    Raises:
        InputError: if they do.
    """
    if values.schedule != "cosine":
        for name in ("warmup", "final_rate"):
            if values[name].value:
                raise InputError(
                    f"--{name} shapes --schedule=cosine; received: "
                    f"--{name}={values[name].value} with "
                    f"--schedule={values.schedule}"
                )
    if values.init is not None and values.leave_out is not None:
        raise InputError(
            "--leave_out leaves nothing out of the weights that --init begins "
            f"with; received: both, --leave_out={values.leave_out}"
        )
    if values.randomize_fields + values.drop_fields > 1:
        raise InputError(
            "a field is either replaced or dropped: --randomize_fields and "
            "--drop_fields must not exceed 1 together; received: "
            f"{values.randomize_fields} and {values.drop_fields}"
        )


def read(values):
    """Reads the protocol of the flags.

    Args:
        values: `absl.flags.FlagValues` that were parsed.

    Returns:
        `Protocol`.
    """
    return Protocol(
        **{
            field.name: values[field.name].value
            for field in dataclasses.fields(Protocol)
        }
    )
