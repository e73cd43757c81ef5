"""Every model. Importing them registers the classes that a file may name."""

from mtc_tf.models.cnn_gru import CNNGRU
from mtc_tf.models.deep_packet_cnn import DeepPacketCNN
from mtc_tf.models.deep_packet_sae import DeepPacketSAE
from mtc_tf.models.flow_ae_dnn import FlowAEDNN
from mtc_tf.models.flow_cnn_lstm import FlowCNNLSTM
from mtc_tf.models.flow_dbn import FlowDBN
from mtc_tf.models.flow_lstm import FlowLSTM
from mtc_tf.models.flow_mlp import FlowMLP
from mtc_tf.models.mtc import MTC
from mtc_tf.models.mtc_lite import MTCLite
from mtc_tf.models.mtc_series import MTCSeries
from mtc_tf.models.multitask_transformer import MultitaskTransformer
from mtc_tf.models.tscrnn import TSCRNN

__all__ = [
    "CNNGRU",
    "MTC",
    "TSCRNN",
    "DeepPacketCNN",
    "DeepPacketSAE",
    "FlowAEDNN",
    "FlowCNNLSTM",
    "FlowDBN",
    "FlowLSTM",
    "FlowMLP",
    "MTCLite",
    "MTCSeries",
    "MultitaskTransformer",
]
