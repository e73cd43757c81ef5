"""The captures of the traffic lab."""

import gzip
import pathlib

LAB_CAPTURES = (
    pathlib.Path(__file__).resolve().parents[1]
    / "datasets/traffic_lab/captures"
)


def lab_capture(name):
    """Returns where the capture of a session lies."""
    return LAB_CAPTURES / f"{name}.pcap.gz"


def unpacked_lab_capture(name):
    """Returns the bytes of a capture as the lab writes it, not compressed."""
    return gzip.decompress(lab_capture(name).read_bytes())
