"""The flags of `mtc_tf.training.protocol.Protocol`, one for each field."""

import dataclasses

from absl import flags

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
    flags.DEFINE_float(
        "learning_rate", 1e-3, "Adam's rate.", 0.0, flag_values=values
    )
    flags.DEFINE_enum(
        "schedule",
        "plateau",
        ["plateau", "cosine"],
        "How the learning rate falls.",
        flag_values=values,
    )
    flags.DEFINE_float(
        "weight_decay", 1e-4, "Weight decay.", 0.0, flag_values=values
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
