"""Captures to fixed-length bytes, in NumPy. Nothing here needs TensorFlow."""

from mtc_tf.packets.byte_rows import PACKET_LENGTH
from mtc_tf.packets.capture import read_capture
from mtc_tf.packets.capture_files import capture_name
from mtc_tf.packets.capture_report import CaptureReport
from mtc_tf.packets.fields import MASKS
from mtc_tf.packets.fields import RECIPES
from mtc_tf.packets.frame_batch import FrameBatch
from mtc_tf.packets.packet_batch import PacketBatch
from mtc_tf.packets.pipeline import preprocess_capture

__all__ = [
    "MASKS",
    "PACKET_LENGTH",
    "RECIPES",
    "CaptureReport",
    "FrameBatch",
    "PacketBatch",
    "capture_name",
    "preprocess_capture",
    "read_capture",
]
