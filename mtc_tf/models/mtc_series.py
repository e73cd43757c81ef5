"""MTC-Series: MTC's idea over the first packets of a flow."""

import keras
import numpy as np
from keras import ops

from mtc_tf.features.packet_series import SERIES_BYTES
from mtc_tf.features.packet_series import SIZE
from mtc_tf.layers.header_fields import HeaderFields
from mtc_tf.layers.piecewise_linear_encoding import PiecewiseLinearEncoding
from mtc_tf.models.inputs_and_heads import adapt_field_bins
from mtc_tf.models.inputs_and_heads import heads
from mtc_tf.models.inputs_and_heads import mean_of_members
from mtc_tf.models.mtc_series_backbone import MTCSeriesBackbone
from mtc_tf.models.series_inputs import NUMBERS
from mtc_tf.models.series_inputs import packet_bytes
from mtc_tf.models.series_inputs import presence
from mtc_tf.models.series_inputs import series_input
from mtc_tf.models.series_inputs import series_numbers


@keras.saving.register_keras_serializable(package="mtc_tf")
class MTCSeries(keras.Model):
    """A small multi-task model over consecutive packets of a flow.

    Two branches that exchange features and a head for each task, as in MTC. A
    packet is what its size, its direction, its gap, its position, its 18 header
    fields, all by bins too, and their change, and its first 64 bytes say. Every
    head reads both branches and the fields of the first packet.

    Several members are networks of their own: they share the input and the
    bins, and nothing that is learned. The model answers
    with the mean of their probabilities.

    Args:
        num_classes: dict from task name to number of classes. A task that is
            left out has no head.
        input_name: str. `series`.
        length: int. Packets of a window (N).
        members: int. Number of networks.
        hidden_dim: int. Size of a token (d).
        num_heads: int. Number of attention heads (H).
        intermediate_dim: int. Size of the encoders' first fully connected
            layer.
        num_bins: int. Bins of each header field, and of each number.
        encoder_dropout: float. Probability of dropping in the encoders.
        cnn_dropout: float. Probability of dropping in the 1D-CNN blocks.
        **kwargs: other arguments of `keras.Model`.

    Input shape:
        dict with `input_name`: float32 `(batch, length, 68)`, as of
        `mtc_tf.features.packet_series`; zeros where there is no packet.

    Output shape:
        dict from task name to probabilities `(batch, num_classes[task])`.

    Paper: Section 3.3, of which this is no reimplementation
    (`docs/choices.md`).
    """

    def __init__(
        self,
        num_classes,
        input_name="series",
        length=10,
        members=1,
        hidden_dim=48,
        num_heads=4,
        intermediate_dim=96,
        num_bins=48,
        encoder_dropout=0.1,
        cnn_dropout=0.1,
        **kwargs,
    ):
        if members < 1:
            raise ValueError(
                f"`members` must be 1 at least. Received: members={members}."
            )
        sizes = {
            "hidden_dim": hidden_dim,
            "num_heads": num_heads,
            "intermediate_dim": intermediate_dim,
            "encoder_dropout": encoder_dropout,
            "cnn_dropout": cnn_dropout,
        }

        # === Layers ===
        # float32 also under mixed precision.
        fields_of = HeaderFields(dtype="float32", name="header_fields")
        encoding = PiecewiseLinearEncoding(num_bins, name="field_bins")
        number_encoding = PiecewiseLinearEncoding(num_bins, name="number_bins")

        # === Functional Model ===
        inputs, series = series_input(input_name, length)
        first_bytes = packet_bytes(series)  # (batch, length, 64)
        is_present = presence(series)  # (batch, length)
        numbers = series_numbers(series)  # (batch, length, 3)
        # Layers of packets: a window is so many rows of theirs.
        fields = ops.concatenate(
            [
                encoding(
                    fields_of(ops.reshape(first_bytes, (-1, SERIES_BYTES)))
                ),
                number_encoding(ops.reshape(numbers, (-1, NUMBERS))),
            ],
            axis=1,
        )
        encoded_fields = fields.shape[1]
        fields = ops.reshape(fields, (-1, length, encoded_fields))
        packets = {
            "numbers": numbers,
            "bytes": first_bytes,
            "fields": fields * ops.expand_dims(is_present, 2),
            "is_present": is_present,
        }
        answers = []
        for member in range(1, members + 1):
            backbone = MTCSeriesBackbone(
                length, encoded_fields, **sizes, name=f"member{member}"
            )
            prefix = f"member{member}_" if members > 1 else ""
            answers.append(
                heads(backbone(packets), num_classes, input_name, prefix)
            )
        super().__init__(
            inputs=inputs, outputs=mean_of_members(answers), **kwargs
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
        """Sets the bins of header fields, sizes, gaps and positions.

        The model needs it to see them.

        Args:
            rows: float32 array `(rows, length, 68)`, as in the dataset:
                training rows, drawn as they are drawn for training.

        Returns:
            list of str, the header fields that are the same in all packets.
            They tell nothing, and are encoded as zeros.

        Raises:
            ValueError: if there are no packets.
        """
        is_packet = rows[:, :, SIZE] > 0
        numbers = ops.convert_to_numpy(series_numbers(rows))[is_packet]
        # Edges that lie apart have slopes that float16 can hold.
        self.get_layer("number_bins").adapt(np.round(numbers, 3))
        packets = rows[is_packet][:, :SERIES_BYTES]
        return adapt_field_bins(
            self.get_layer("field_bins"), packets.astype("uint8")
        )
