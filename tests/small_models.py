"""Small models that have all of their parts, and a linear one."""

_TOKENS = {"num_tokens": 3, "hidden_dim": 8, "num_heads": 2}
# Arguments beside the classes, for 24 values.
_LITE = {
    "hidden_dim": 8,
    "num_heads": 2,
    "intermediate_dim": 8,
    "num_bins": 4,
}
_SIZES = {
    "CNNGRU": {"filters": (4, 4), "gru_units": 8, "units": 8},
    "DeepPacketCNN": {"filters": 8, "units": (16, 8)},
    "DeepPacketSAE": {"units": (16, 8)},
    "FlowAEDNN": {"encoder_units": (12, 8), "units": (16,)},
    "FlowCNNLSTM": {"filters": (8, 8), "units": 8},
    "FlowDBN": {"units": (16, 8)},
    "FlowLSTM": {"units": 8},
    "FlowMLP": {"units": (16, 16)},
    "MTCLite": _LITE,
    "MTCSeries": _LITE,
    "MultitaskTransformer": {
        **_TOKENS,
        "num_encoders": 2,
        "intermediate_dim": 8,
    },
    "TSCRNN": {"filters": (4, 4), "units": 8},
}
# Of models that are for another input, or another length of it, than others.
_INPUTS = {
    "MTCLite": ("packet", 64),
    **dict.fromkeys(("CNNGRU", "MTCSeries", "TSCRNN"), ("series", 6)),
}
_MTC_SIZES = {
    **_TOKENS,
    "num_encoders": (1, 1, 1),
    "intermediate_dim": 8,
    "stem_strides": 2,
}


def small_mtc(num_classes, input_name, length, cnn_dropout=0.0):
    """What `make_model` of `mtc_tf.training.trainer.train` asks for."""
    from mtc_tf.models.mtc import MTC

    hidden_dim = {"packet": 50, "features": 7}[input_name]
    return MTC(
        num_classes,
        {
            "num_tokens": -(-length // hidden_dim),
            "hidden_dim": hidden_dim,
            "num_encoders": (1, 0, 0),
            "intermediate_dim": 8,
            "stem_strides": hidden_dim,
            "cnn_dropout": cnn_dropout,
            "input_name": input_name,
            "length": length,
        },
    )


def small_model(name, num_classes=None, **arguments):
    """Makes any model of the package, for 24 values.

    MTC-Lite is made for 64, models of flows for 6 packets.

    Args:
        name: str. Name of the class.
        num_classes: dict as of the models; by default three classes for each
            task of packets or, where the name says so, of records.
        **arguments: others of the class; `dropout` stands for all of them.

    Returns:
        `keras.Model`.
    """
    from mtc_tf.models import all_models
    from mtc_tf.tasks import MODEL_INPUTS

    kind = "features" if name.startswith("Flow") else "packet"
    input_name, length = _INPUTS.get(name, (kind, 24))
    num_classes = num_classes or dict.fromkeys(
        [task.name for task in MODEL_INPUTS[input_name].tasks], 3
    )
    if name.startswith("MTC") and "dropout" in arguments:
        dropout = arguments.pop("dropout")
        arguments |= {"encoder_dropout": dropout, "cnn_dropout": dropout}
    if name == "MTC":
        return all_models.MTC(num_classes, _MTC_SIZES | arguments)
    return getattr(all_models, name)(
        num_classes, input_name, length, **(_SIZES[name] | arguments)
    )


def linear_model(num_classes, input_name, length, dropout=0.0):
    """A head for each task, straight on the input.

    For tests of what happens around a model: it trains in no time. With
    dropout it normalises too, and has all that a checkpoint keeps.
    """
    import keras

    from mtc_tf.layers.byte_dropout import ByteDropout
    from mtc_tf.tasks import MODEL_INPUTS

    kind = MODEL_INPUTS[input_name]
    inputs = keras.Input((length,), dtype=kind.dtype, name=input_name)
    values = keras.layers.Rescaling(kind.scale)(inputs)
    if dropout:
        values = keras.layers.BatchNormalization(momentum=0.5)(values)
        values = ByteDropout(dropout)(values)
    return keras.Model(
        {input_name: inputs},
        {
            task: keras.layers.Dense(classes, activation="softmax", name=task)(
                values
            )
            for task, classes in num_classes.items()
        },
    )
