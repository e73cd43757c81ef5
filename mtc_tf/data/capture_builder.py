"""What the TFDS builders of captures share."""

import dataclasses
import os

import numpy as np
import tensorflow_datasets as tfds

from mtc_tf.data.capture_dataset import CaptureDataset
from mtc_tf.data.capture_report import format_data_report
from mtc_tf.data.series_dataset import SeriesDataset
from mtc_tf.data.splits import PARTS
from mtc_tf.data.tfds_builder import TFDSBuilder
from mtc_tf.data.tfds_builder import as_bytes
from mtc_tf.features.packet_series import PACKETS_PER_FLOW
from mtc_tf.packets import PACKET_LENGTH
from mtc_tf.tasks import PACKET_TASKS
from mtc_tf.tasks import SERIES


@dataclasses.dataclass(kw_only=True)
class Config(tfds.core.BuilderConfig):
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


class CaptureBuilder(TFDSBuilder, skip_registration=True):
    """Labelled packets, or flows, of the captures in a folder.

    A dataset is a subclass that says where its captures and labels are, in
    `captures_and_labels`.

    Attributes:
        HOMEPAGE: str. Where more is said about the captures.
    """

    HOMEPAGE = ""
    BUILDER_CONFIGS = [
        Config(
            name="paper",
            description="Packets divided at random, as in the paper: packets "
            "of one flow stand on both sides. For the paper's numbers.",
            split="packet",
            recipe="paper",
        ),
        Config(
            name="flow",
            description="No flow stands in two parts.",
            split="flow",
            recipe="strict",
        ),
        Config(
            name="capture",
            description="No group of captures stands in two parts; a class "
            "with a single group is divided by flow.",
            split="capture",
            recipe="strict",
        ),
        Config(
            name="flow_series",
            description="The flows of `flow`, in the same parts: an example "
            f"is {PACKETS_PER_FLOW} consecutive packets of one.",
            split="flow",
            recipe="strict",
            packets_per_flow=PACKETS_PER_FLOW,
        ),
        Config(
            name="capture_series",
            description="The flows of `capture`, in the same parts: an "
            f"example is {PACKETS_PER_FLOW} consecutive packets of one.",
            split="capture",
            recipe="strict",
            packets_per_flow=PACKETS_PER_FLOW,
        ),
    ]

    def captures_and_labels(self, dl_manager):
        """Finds what the dataset is made of.

        Args:
            dl_manager: `tfds.download.DownloadManager`.

        Returns:
            tuple `(folder, label_map)`: a path and a `LabelMap`.

        Raises:
            InputError: if a file is missing or cannot be used.
        """
        raise NotImplementedError

    def _info(self):
        packets_per_flow = self.builder_config.packets_per_flow
        if packets_per_flow:
            shape = SERIES.row_shape(packets_per_flow)
            row = {SERIES.name: as_bytes(shape, np.float32)}
            alone = {}
        else:
            row = {"packet": as_bytes((PACKET_LENGTH,), np.uint8)}
            alone = {"length": np.int32}
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    **row,
                    # The names follow from the label map, and -1 is stored
                    # for a missing label.
                    **{
                        task.name: tfds.features.ClassLabel()
                        for task in PACKET_TASKS
                    },
                    "capture": tfds.features.Text(),
                    "group": tfds.features.Text(),
                    "flow": np.int64,
                    # Otherwise it is rounded to float32, to minutes.
                    "timestamp": as_bytes((), np.float64),
                    **alone,
                }
            ),
            homepage=self.HOMEPAGE,
            metadata=tfds.core.MetadataDict(),
        )

    def _split_generators(self, dl_manager):
        folder, label_map = self.captures_and_labels(dl_manager)
        config = self.builder_config
        kind, own = CaptureDataset, {}
        if config.packets_per_flow:
            kind = SeriesDataset
            own = {"packets_per_flow": config.packets_per_flow}
        dataset = kind(
            folder,
            label_map,
            **own,
            split=config.split,
            recipe=config.recipe,
            split_seed=config.split_seed,
            # Where the dataset is being written, if that is on this machine.
            spool_folder=self.data_dir
            if os.path.isdir(self.data_dir)
            else None,
        )
        for task, classes in dataset.metadata["classes"].items():
            self.info.features[task].names = classes
        self.info.metadata.update(dataset.metadata)
        print(format_data_report(dataset.metadata))
        return {part: self._generate_examples(dataset, part) for part in PARTS}

    def _generate_examples(self, dataset, part):
        return dataset.examples(part)
