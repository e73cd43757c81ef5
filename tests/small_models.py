"""The smallest MTC that has all of its parts, for both datasets."""


def small_mtc(num_classes, input_name, length, cnn_dropout=0.0):
    """What `make_model` of `mtc_tf.training.train` asks for."""
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
