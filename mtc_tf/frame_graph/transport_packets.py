"""What IP packets carry, with transport headers of one length."""

import dataclasses

import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class TransportPackets:
    """What IP packets carry, with transport headers of one length.

    As of `mtc_tf.packets.transport_packets.TransportPackets`, in tensors.
    """

    headers: tf.Tensor
    is_tcp: tf.Tensor
    is_udp: tf.Tensor
    source_ports: tf.Tensor
    destination_ports: tf.Tensor
    payload_starts: tf.Tensor
    payload_cut: tf.Tensor
    malformed: tf.Tensor
