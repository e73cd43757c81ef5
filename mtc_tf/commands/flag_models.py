"""The model that the flags of `mtc train` ask for."""

from mtc_tf.commands import train_flags
from mtc_tf.commands.train_flags import FLAGS
from mtc_tf.errors import InputError
from mtc_tf.tasks import FEATURES
from mtc_tf.tasks import PACKET
from mtc_tf.tasks import SERIES

# What models look at that do not take any sequence of values.
_INPUTS = {
    "mtc_lite": (PACKET.name,),
    "mtc_series": (SERIES.name,),
    "tscrnn": (SERIES.name,),
    "cnn_gru": (SERIES.name,),
}


def make_model(num_classes, input_name, length):
    """Makes the model that the flags ask for.

    Args:
        num_classes: dict from task name to number of classes.
        input_name: str. A key of `mtc_tf.tasks.MODEL_INPUTS`.
        length: int. Number of values of the input, or of packets.

    Returns:
        `keras.Model`.

    Raises:
        InputError: if the flags do not fit the input.
    """
    from mtc_tf.models import all_models as models

    _check_input(input_name)
    if FLAGS.model == "mtc":
        return models.MTC(num_classes, _mtc(input_name, length))
    if FLAGS.model == "mtc_lite":
        one = {} if FLAGS.branches == "both" else {"branches": [FLAGS.branches]}
        return models.MTCLite(
            num_classes, input_name, length, **_members(), **one
        )
    if FLAGS.model == "mtc_series":
        return models.MTCSeries(num_classes, input_name, length, **_members())
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
        "tscrnn": models.TSCRNN,
        "cnn_gru": models.CNNGRU,
        "flow_mlp": models.FlowMLP,
        "flow_dbn": models.FlowDBN,
        "flow_lstm": models.FlowLSTM,
        "flow_cnn_lstm": models.FlowCNNLSTM,
        "flow_ae_dnn": models.FlowAEDNN,
    }
    return others[FLAGS.model](num_classes, input_name, length)


def _check_input(input_name):
    """Refuses a model that looks at something else than the dataset holds."""
    wanted = _INPUTS.get(FLAGS.model, (PACKET.name, FEATURES.name))
    if input_name not in wanted:
        raise InputError(
            f"--model={FLAGS.model} looks at {' or '.join(wanted)}; received: "
            f"--dataset={FLAGS.dataset}, which holds {input_name}"
        )


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


def _members():
    """What MTC-Lite and MTC-Series have in common."""
    return {
        "members": FLAGS.members,
        "encoder_dropout": FLAGS.encoder_dropout,
        "cnn_dropout": FLAGS.cnn_dropout,
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
