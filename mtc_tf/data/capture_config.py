"""The configurations that every dataset of captures has."""

import dataclasses

import tensorflow_datasets as tfds

from mtc_tf.features.packet_series import PACKETS_PER_FLOW


@dataclasses.dataclass(kw_only=True)
class CaptureConfig(tfds.core.BuilderConfig):
    """How the packets are preprocessed and divided.

    Args:
        split: str. `split` of `CaptureDataset`.
        recipe: str. `recipe` of `CaptureDataset`.
        split_seed: int. `split_seed` of `CaptureDataset`.
        packets_per_flow: int. 0: an example is a packet. Above that, it is a
            window of so many packets of a flow, as of `SeriesDataset`.
    """

    split: str
    recipe: str
    split_seed: int = 0
    packets_per_flow: int = 0


CAPTURE_CONFIGS = [
    CaptureConfig(
        name="paper",
        description="Packets divided at random, as in the paper: packets "
        "of one flow stand on both sides. For the paper's numbers.",
        split="packet",
        recipe="paper",
    ),
    CaptureConfig(
        name="flow",
        description="No flow stands in two parts.",
        split="flow",
        recipe="strict",
    ),
    CaptureConfig(
        name="capture",
        description="No group of captures stands in two parts; a class "
        "with a single group is divided by flow.",
        split="capture",
        recipe="strict",
    ),
    CaptureConfig(
        name="flow_series",
        description="The flows of `flow`, in the same parts: an example "
        f"is {PACKETS_PER_FLOW} consecutive packets of one.",
        split="flow",
        recipe="strict",
        packets_per_flow=PACKETS_PER_FLOW,
    ),
    CaptureConfig(
        name="capture_series",
        description="The flows of `capture`, in the same parts: an "
        f"example is {PACKETS_PER_FLOW} consecutive packets of one.",
        split="capture",
        recipe="strict",
        packets_per_flow=PACKETS_PER_FLOW,
    ),
]
