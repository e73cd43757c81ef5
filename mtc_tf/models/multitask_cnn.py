"""The Multi-task 1D-CNN, which MTC is compared with."""

import keras

from mtc_tf.models.deep_packet_cnn import DeepPacketCNN


@keras.saving.register_keras_serializable(package="mtc_tf")
class MultitaskCNN(DeepPacketCNN):
    """The 1D-CNN of Deep Packet with batch normalisation and a head per task.

    Choice: 200 filters each, as in Deep Packet, on which it is built; the
    paper gives kernels and strides alone. Batch normalisation stands between
    convolution and ReLU, with the momentum of MTC's 1D-CNN branch; the paper
    does not say where. Convolutions and pooling are padded, so that inputs of
    any length fit.

    Arguments, input and output are those of `DeepPacketCNN`.

    Paper: Section 4.3.2.
    """

    _BATCH_NORM = True
