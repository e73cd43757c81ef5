"""MTC-Lite: MTC's idea, at a hundredth of its cost."""

import keras

from mtc_tf.layers.header_fields import HeaderFields
from mtc_tf.layers.piecewise_linear_encoding import PiecewiseLinearEncoding
from mtc_tf.models.inputs_and_heads import adapt_field_bins
from mtc_tf.models.inputs_and_heads import heads
from mtc_tf.models.inputs_and_heads import mean_of_members
from mtc_tf.models.mtc_lite_backbone import BRANCHES
from mtc_tf.models.mtc_lite_backbone import NUM_BYTES
from mtc_tf.models.mtc_lite_backbone import MTCLiteBackbone
from mtc_tf.tasks import PACKET


@keras.saving.register_keras_serializable(package="mtc_tf")
class MTCLite(keras.Model):
    """A small multi-task model over a packet's first bytes and header fields.

    Two branches that exchange features and a head for each task, as in MTC. It
    looks at the first 64 bytes, which it embeds, and at the 18 header fields in
    them, which it reads as numbers. Every head reads both branches and the
    fields.

    Several members are networks of their own: they share the input and the
    bins of the header fields, and nothing that is learned. The model answers
    with the mean of their probabilities.

    Args:
        num_classes: dict from task name to number of classes. A task that is
            left out has no head.
        input_name: str. `packet`; there is no other input with headers.
        length: int. Bytes of a row, 64 at least.
        members: int. Number of networks.
        hidden_dim: int. Size of a token (d).
        num_heads: int. Number of attention heads (H).
        intermediate_dim: int. Size of the encoders' first fully connected
            layer.
        num_bins: int. Bins of each header field.
        encoder_dropout: float. Probability of dropping in the encoders.
        cnn_dropout: float. Probability of dropping in the 1D-CNN blocks.
        branches: tuple of str. `transformer`, `cnn` or both.
        **kwargs: other arguments of `keras.Model`.

    Input shape:
        dict with `input_name`: uint8 `(batch, length)`.

    Output shape:
        dict from task name to probabilities `(batch, num_classes[task])`.

    Attributes:
        values_read: int. How many of the first bytes of a row it looks at.

    Paper: Section 3.3, of which this is no reimplementation
    (`docs/choices.md`).
    """

    values_read = NUM_BYTES

    def __init__(
        self,
        num_classes,
        input_name="packet",
        length=1500,
        members=1,
        hidden_dim=64,
        num_heads=4,
        intermediate_dim=128,
        num_bins=64,
        encoder_dropout=0.1,
        cnn_dropout=0.1,
        branches=BRANCHES,
        **kwargs,
    ):
        _check_arguments(input_name, length, members, branches)
        sizes = {
            "hidden_dim": hidden_dim,
            "num_heads": num_heads,
            "intermediate_dim": intermediate_dim,
            "encoder_dropout": encoder_dropout,
            "cnn_dropout": cnn_dropout,
            "branches": list(branches),
        }

        # === Layers ===
        # float32 also under mixed precision.
        fields_of = HeaderFields(dtype="float32", name="header_fields")
        encoding = PiecewiseLinearEncoding(num_bins, name="field_bins")

        # === Functional Model ===
        packet = keras.Input((length,), dtype=PACKET.dtype, name=input_name)
        first_bytes = packet[:, :NUM_BYTES]
        fields = encoding(fields_of(first_bytes))  # (batch, 18 * num_bins)
        answers = []
        for member in range(1, members + 1):
            backbone = MTCLiteBackbone(
                fields.shape[1], **sizes, name=f"member{member}"
            )
            features = backbone({"bytes": first_bytes, "fields": fields})
            prefix = f"member{member}_"
            answers.append(
                heads(
                    _all_features(features, prefix),
                    num_classes,
                    input_name,
                    prefix if members > 1 else "",
                )
            )
        super().__init__(
            inputs={input_name: packet},
            outputs=mean_of_members(answers),
            **kwargs,
        )

        # === Config ===
        self.num_classes = dict(num_classes)
        self.input_name = input_name
        self.length = length
        self.members = members
        self.num_bins = num_bins
        self.sizes = sizes

    def get_config(self):
        return {
            "name": self.name,
            "trainable": self.trainable,
            "num_classes": self.num_classes,
            "input_name": self.input_name,
            "length": self.length,
            "members": self.members,
            "num_bins": self.num_bins,
            **self.sizes,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def adapt(self, rows):
        """Sets the bins of the header fields; the model needs it to see them.

        Args:
            rows: uint8 array `(rows, length)`, as in the dataset: training
                rows, drawn as they are drawn for training.

        Returns:
            list of str, the header fields that are the same in all rows. They
            tell nothing, and are encoded as zeros.

        Raises:
            ValueError: if there are no rows, or too short ones.
        """
        return adapt_field_bins(self.get_layer("field_bins"), rows)


def _check_arguments(input_name, length, members, branches):
    if input_name != PACKET.name:
        raise ValueError(
            f"`input_name` must be {PACKET.name!r}: nothing else has headers. "
            f"Received: input_name={input_name!r}."
        )
    if length < NUM_BYTES:
        raise ValueError(
            f"`length` must be {NUM_BYTES} at least. Received: length={length}."
        )
    if members < 1:
        raise ValueError(
            f"`members` must be 1 at least. Received: members={members}."
        )
    if not branches or not set(branches) <= set(BRANCHES):
        raise ValueError(
            f"`branches` must be one or both of {BRANCHES}. Received: "
            f"branches={branches!r}."
        )


def _all_features(features, prefix):
    """What each head of a member reads: `(batch, channels)`."""
    averages = [
        # In float32, as the heads, also under mixed precision.
        keras.layers.GlobalAveragePooling1D(
            dtype="float32", name=f"{prefix}{branch}_average"
        )(features[branch])
        for branch in BRANCHES
        if branch in features
    ]
    return keras.layers.Concatenate(dtype="float32", name=f"{prefix}features")(
        [*averages, features["fields"]]
    )
