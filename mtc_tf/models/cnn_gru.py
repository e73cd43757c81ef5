"""CETAnalytics: convolutions over payloads beside a GRU over the series."""

import keras
from keras import ops

from mtc_tf.features.packet_series import SERIES_BYTES
from mtc_tf.layers.convolution_unit import ConvolutionUnit
from mtc_tf.models.inputs_and_heads import UNROLLED_STEPS
from mtc_tf.models.inputs_and_heads import heads
from mtc_tf.models.series_inputs import packet_bytes
from mtc_tf.models.series_inputs import series_input
from mtc_tf.models.series_inputs import series_numbers

# Behind the headers of IPv4 and of a transport, each of 20 bytes in a row.
PAYLOAD_START = 40


@keras.saving.register_keras_serializable(package="mtc_tf")
class CNNGRU(keras.Model):
    """A model of flows that looks at payloads, and at sizes and times.

    The original, reference [32] of the paper (CETAnalytics), reads the payload
    of a flow with convolutions and the series of its packets' headers with a
    GRU, side by side, and answers one task by both.

    Choice: the payload is the 24 bytes behind 40 bytes of headers that the
    dataset has of each packet, one packet behind the other (in IPv6 they begin
    within the transport's header). Two convolutions of kernel 3 with batch
    normalisation, each halved by max pooling, then the average over positions;
    a GRU of 64 units over direction, size and gap; a fully connected layer of
    128 over both, and dropout before the heads. The paper gives no sizes and
    says only that payload and series are read. Packets that a window lacks are
    zeros and are read as others are. A head for each task.

    Args:
        num_classes: dict from task name to number of classes. A task that is
            left out has no head.
        input_name: str. `series`.
        length: int. Packets of a window.
        filters: tuple of int. Channels of each convolution.
        kernel_size: int. Kernel of the convolutions.
        gru_units: int. Size of the GRU.
        units: int. Size of the fully connected layer.
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
        filters=(64, 128),
        kernel_size=3,
        gru_units=64,
        units=128,
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
        reader = keras.layers.GRU(
            gru_units, unroll=length <= UNROLLED_STEPS, name="gru"
        )
        join = keras.layers.Dense(units, activation="relu", name="dense")
        drop = keras.layers.Dropout(dropout, name="dropout")

        # === Functional Model ===
        inputs, series = series_input(input_name, length)
        rescaling = keras.layers.Rescaling(1 / 255, name="rescaling")
        payload = packet_bytes(series)[:, :, PAYLOAD_START:]
        # (batch, length * 24, 1)
        payload = rescaling(
            ops.reshape(
                payload, (-1, length * (SERIES_BYTES - PAYLOAD_START), 1)
            )
        )
        for convolve, pool in blocks:
            payload = pool(convolve(payload))  # half as many positions
        payload = keras.layers.GlobalAveragePooling1D(
            dtype="float32", name="payload"
        )(payload)
        sizes_and_gaps = series_numbers(series)[:, :, :2]
        both = keras.layers.Concatenate(name="both")(
            [payload, reader(sizes_and_gaps)]
        )
        super().__init__(
            inputs=inputs,
            outputs=heads(drop(join(both)), num_classes, input_name),
            **kwargs,
        )

        # === Config ===
        self.num_classes = dict(num_classes)
        self.input_name = input_name
        self.length = length
        self.filters = tuple(filters)
        self.kernel_size = kernel_size
        self.gru_units = gru_units
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
            "gru_units": self.gru_units,
            "units": self.units,
            "dropout": self.dropout,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)
