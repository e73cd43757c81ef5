"""TSCRNN: convolutions over the bytes of packets, then LSTMs over packets."""

import keras
from keras import ops

from mtc_tf.features.packet_series import SERIES_BYTES
from mtc_tf.layers.convolution_unit import ConvolutionUnit
from mtc_tf.models.inputs_and_heads import UNROLLED_STEPS
from mtc_tf.models.inputs_and_heads import heads
from mtc_tf.models.series_inputs import packet_bytes
from mtc_tf.models.series_inputs import series_input


@keras.saving.register_keras_serializable(package="mtc_tf")
class TSCRNN(keras.Model):
    """A model of flows that looks at the bytes of their packets alone.

    The original, reference [30] of the paper, reads the first packets of a flow
    with convolutions, each packet by itself, and what they found with stacked
    bidirectional LSTMs, and answers one task.

    Choice: two convolutions of kernel 3 with batch normalisation, each halved
    by max pooling, two bidirectional LSTMs of 64 units a direction, of the last
    one the output at the last step of each direction, and dropout before the
    heads. The paper gives no sizes. It reads the bytes that the dataset has of
    a packet, 64; packets that a window lacks are zeros and are read as others
    are. A head for each task.

    Args:
        num_classes: dict from task name to number of classes. A task that is
            left out has no head.
        input_name: str. `series`.
        length: int. Packets of a window.
        filters: tuple of int. Channels of each convolution.
        kernel_size: int. Kernel of the convolutions.
        units: int. Size of an LSTM in each direction.
        dropout: float. Probability of dropping, before the heads.
        **kwargs: other arguments of `keras.Model`.

    Input shape:
        dict with `input_name`: float32 `(batch, length, 68)`.

    Output shape:
        dict from task name to probabilities `(batch, num_classes[task])`.

    Paper: Section 4.4.3, Table 5.
    """

    def __init__(
        self,
        num_classes,
        input_name="series",
        length=10,
        filters=(32, 64),
        kernel_size=3,
        units=64,
        dropout=0.2,
        **kwargs,
    ):
        # === Layers ===
        blocks = [
            (
                ConvolutionUnit(
                    channels,
                    kernel_size,
                    dropout=0.0,
                    name=f"convolution{index}",
                ),
                keras.layers.MaxPooling1D(
                    2, padding="same", name=f"pooling{index}"
                ),
            )
            for index, channels in enumerate(filters, start=1)
        ]
        readers = [
            keras.layers.Bidirectional(
                keras.layers.LSTM(
                    units,
                    return_sequences=index == 1,
                    unroll=length <= UNROLLED_STEPS,
                ),
                name=f"lstm{index}",
            )
            for index in (1, 2)
        ]
        drop = keras.layers.Dropout(dropout, name="dropout")

        # === Functional Model ===
        inputs, series = series_input(input_name, length)
        rescaling = keras.layers.Rescaling(1 / 255, name="rescaling")
        # (batch * length, 64, 1): each packet by itself.
        packets = rescaling(
            ops.reshape(packet_bytes(series), (-1, SERIES_BYTES, 1))
        )
        for convolve, pool in blocks:
            packets = pool(convolve(packets))  # half as many positions
        positions, channels = packets.shape[1:]
        features = ops.reshape(packets, (-1, length, positions * channels))
        for reader in readers:
            features = reader(features)
        # (batch, 2 * units)
        super().__init__(
            inputs=inputs,
            outputs=heads(drop(features), num_classes, input_name),
            **kwargs,
        )

        # === Config ===
        self.num_classes = dict(num_classes)
        self.input_name = input_name
        self.length = length
        self.filters = tuple(filters)
        self.kernel_size = kernel_size
        self.units = units
        self.dropout = dropout

    def get_config(self):
        return {
            "name": self.name,
            "trainable": self.trainable,
            "num_classes": self.num_classes,
            "input_name": self.input_name,
            "length": self.length,
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "units": self.units,
            "dropout": self.dropout,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)
