"""What the TFDS builders of captures share."""

import dataclasses
import os

import numpy as np
import tensorflow_datasets as tfds

from mtc_tf.data.capture_dataset import CaptureDataset
from mtc_tf.data.capture_report import format_data_report
from mtc_tf.data.splits import PARTS
from mtc_tf.data.tfds_builder import TFDSBuilder
from mtc_tf.data.tfds_builder import as_bytes
from mtc_tf.packets import PACKET_LENGTH
from mtc_tf.tasks import PACKET_TASKS


@dataclasses.dataclass(kw_only=True)
class Config(tfds.core.BuilderConfig):
    """How the packets are preprocessed and divided.

    Args:
        split: str. `split` of `CaptureDataset`.
        recipe: str. `recipe` of `CaptureDataset`.
        split_seed: int. `split_seed` of `CaptureDataset`.
    """

    split: str
    recipe: str
    split_seed: int = 0


class CaptureBuilder(TFDSBuilder, skip_registration=True):
    """Labelled packets of the captures in a folder.

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
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "packet": as_bytes((PACKET_LENGTH,), np.uint8),
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
                    "length": np.int32,
                }
            ),
            homepage=self.HOMEPAGE,
            metadata=tfds.core.MetadataDict(),
        )

    def _split_generators(self, dl_manager):
        folder, label_map = self.captures_and_labels(dl_manager)
        config = self.builder_config
        dataset = CaptureDataset(
            folder,
            label_map,
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
