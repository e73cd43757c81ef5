"""Where models begin and end: input, tokens, heads; and layers in a row."""

import keras
import numpy as np

from mtc_tf.features.header_fields import HEADER_FIELDS
from mtc_tf.features.header_fields import header_fields
from mtc_tf.layers.member_mean import MemberMean
from mtc_tf.tasks import MODEL_INPUTS

# An LSTM of up to so many steps is written out: TFLite has no loop for it.
UNROLLED_STEPS = 64


def scaled_input(input_name, length):
    """Makes the input of a model and brings its values to their scale.

    Args:
        input_name: str. A key of `mtc_tf.tasks.MODEL_INPUTS`, of an input whose
            rows are plain sequences.
        length: int. Number of values of the input.

    Returns:
        tuple of the model's inputs, a dict with `input_name`, and the scaled
        values, float `(batch, length)`.

    Raises:
        ValueError: if there is no input of that name.
    """
    known = [name for name, kind in MODEL_INPUTS.items() if not kind.columns]
    if input_name not in known:
        raise ValueError(
            f"`input_name` must be one of {', '.join(known)}. "
            f"Received: input_name={input_name!r}."
        )
    kind = MODEL_INPUTS[input_name]
    values = keras.Input((length,), dtype=kind.dtype, name=input_name)
    rescaling = keras.layers.Rescaling(kind.scale, name="rescaling")
    return {input_name: values}, rescaling(values)


def scaled_rows(rows, input_name, length):
    """Brings rows to their scale, as the model does.

    Args:
        rows: array `(rows, length)`, values as in the dataset.
        input_name: str. A key of `mtc_tf.tasks.MODEL_INPUTS`.
        length: int. Number of values of the input.

    Returns:
        float32 array `(rows, length)`.

    Raises:
        ValueError: if there are no rows, or rows of another length.
    """
    if rows.ndim != 2 or rows.shape[1] != length or not len(rows):
        raise ValueError(
            f"`rows` must have the shape (rows, {length}), one row at least. "
            f"Received: shape {rows.shape}."
        )
    return rows.astype("float32") * np.float32(MODEL_INPUTS[input_name].scale)


def tokens_of(values, num_tokens, hidden_dim):
    """Cuts a sequence into tokens; zeros fill the last one.

    Args:
        values: tensor `(batch, length)`.
        num_tokens: int. Number of tokens (n).
        hidden_dim: int. Size of a token (d).

    Returns:
        tuple of the tokens, `(batch, num_tokens, hidden_dim)`, and the filled
        sequence that they were cut from,
        `(batch, num_tokens * hidden_dim, 1)`.

    Raises:
        ValueError: if the tokens are too few, or the last one stays empty.

    Paper: Section 3.3.2.
    """
    length = values.shape[1]
    missing = num_tokens * hidden_dim - length
    if not 0 <= missing < hidden_dim:
        raise ValueError(
            "`num_tokens` tokens of `hidden_dim` values must hold the input "
            "and not be more than it needs. Received: "
            f"num_tokens={num_tokens}, hidden_dim={hidden_dim}, "
            f"length={length}."
        )
    sequence = keras.layers.Reshape((length, 1), name="sequence")(values)
    if missing:
        sequence = keras.layers.ZeroPadding1D((0, missing), name="fill_up")(
            sequence
        )
    tokens = keras.layers.Reshape((num_tokens, hidden_dim), name="tokens")
    return tokens(sequence), sequence


def fully_connected(
    values, units, activation="relu", dropout=0.0, name="dense"
):
    """Passes values through fully connected layers.

    Args:
        values: tensor `(batch, length)`.
        units: tuple of int. Size of each layer.
        activation: str. Activation of each layer.
        dropout: float. Probability of dropping, after each layer.
        name: str. The layers are called this and their number, from 1.

    Returns:
        tensor `(batch, units[-1])`.
    """
    for index, size in enumerate(units, start=1):
        values = keras.layers.Dense(
            size, activation=activation, name=f"{name}{index}"
        )(values)
        if dropout:
            values = keras.layers.Dropout(
                dropout, name=f"{name}{index}_dropout"
            )(values)
    return values


def read_in_steps(sequence, units, dropout):
    """Reads a sequence with an LSTM.

    Args:
        sequence: tensor `(batch, steps, channels)`.
        units: int. Size of the LSTM.
        dropout: float. Probability of dropping what the LSTM says.

    Returns:
        tensor `(batch, units)`, the LSTM's output at the last step.
    """
    lstm = keras.layers.LSTM(
        units, unroll=sequence.shape[1] <= UNROLLED_STEPS, name="lstm"
    )
    drop = keras.layers.Dropout(dropout, name="lstm_dropout")
    return drop(lstm(sequence))


def heads(features, num_classes, input_name, prefix=""):
    """Gives each task its head.

    Args:
        features: tensor `(batch, channels)` for all heads, or a dict of them
            from the name of a branch to what the branch's heads read.
        num_classes: dict from task name to number of classes.
        input_name: str. A key of `mtc_tf.tasks.MODEL_INPUTS`; says which
            tasks there are.
        prefix: str. What stands before the task in the name of a head's layer.

    Returns:
        dict from task name to probabilities `(batch, num_classes[task])`.

    Raises:
        ValueError: if a task is none of the input's.
    """
    tasks = {task.name: task for task in MODEL_INPUTS[input_name].tasks}
    if not num_classes or set(num_classes) - set(tasks):
        raise ValueError(
            f"`num_classes` must name tasks of the input {input_name!r}, "
            f"which are {', '.join(tasks)}. Received: "
            f"num_classes={dict(num_classes)}."
        )
    return {
        # float32 also under mixed precision: the loss takes logarithms of
        # what bfloat16 would round to three digits.
        name: keras.layers.Dense(
            num_classes[name],
            activation="softmax",
            dtype="float32",
            name=f"{prefix}{name}",
        )(features[task.branch] if isinstance(features, dict) else features)
        for name, task in tasks.items()
        if name in num_classes
    }


def adapt_field_bins(encoding, packets):
    """Sets the bins that header fields are encoded by.

    Args:
        encoding: `PiecewiseLinearEncoding` of the fields.
        packets: uint8 array `(packets, bytes)`, as of `header_fields`.

    Returns:
        list of str, the fields that are the same in all packets.

    Raises:
        ValueError: if there are no packets, or too short ones.
    """
    constant = encoding.adapt(header_fields(packets))
    return [
        name for name, same in zip(HEADER_FIELDS, constant, strict=True) if same
    ]


def mean_of_members(answers):
    """Makes one answer of those of several networks.

    Args:
        answers: list of what `heads` returned, one for each network.

    Returns:
        dict from task name to probabilities, as of `MemberMean`; of a single
        network its own.
    """
    if len(answers) == 1:
        return answers[0]
    return {
        task: MemberMean(dtype="float32", name=task)(
            [answer[task] for answer in answers]
        )
        for task in answers[0]
    }
