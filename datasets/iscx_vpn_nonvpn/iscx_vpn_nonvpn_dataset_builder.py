"""ISCX VPN-nonVPN 2016, or captures of one's own, as a TFDS dataset."""

import dataclasses

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from mtc_tf.capture_dataset import CaptureDataset
from mtc_tf.data_report import format_data_report
from mtc_tf.errors import InputError
from mtc_tf.labels import read_label_map
from mtc_tf.packets import PACKET_LENGTH
from mtc_tf.splits import PARTS
from mtc_tf.tasks import PACKET_TASKS

# Of the label map in this folder: its digest says the same, less readably.
_LABEL_MAP_VERSION = "1.0.0"


@dataclasses.dataclass(kw_only=True)
class Config(tfds.core.BuilderConfig):
    """How the packets are preprocessed and divided.

    Args:
        split: str. `split` of `CaptureDataset`.
        recipe: str. `recipe` of `CaptureDataset`.
        seed: int. `seed` of `CaptureDataset`.
    """

    split: str
    recipe: str
    seed: int = 0


class Builder(tfds.core.GeneratorBasedBuilder):
    """Labelled packets of the captures in the manual folder."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First release."}
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
    # One line, because it becomes a part of the error for an empty folder.
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "put the captures of ISCX VPN-nonVPN 2016 "
        "(https://www.unb.ca/cic/datasets/vpn.html) there under their own "
        "names, or captures of your own with a labels.csv; name the folder "
        "with --manual_dir"
    )

    def _info(self):
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "packet": _as_bytes((PACKET_LENGTH,), np.uint8),
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
                    "timestamp": _as_bytes((), np.float64),
                    "length": np.int32,
                }
            ),
            homepage="https://www.unb.ca/cic/datasets/vpn.html",
            metadata=tfds.core.MetadataDict(),
        )

    def download_and_prepare(self, **kwargs):
        """Builds the dataset; what a user can mend ends in one line.

        `tfds build` prints a traceback of every exception but `SystemExit`,
        of which it prints the message, and exits with 1.
        """
        try:
            super().download_and_prepare(**kwargs)
        except (InputError, OSError) as error:
            raise SystemExit(f"{self.name}: error: {error}") from error
        except RuntimeError as error:
            # What TFDS makes of a full disk.
            if not isinstance(
                error.__cause__, tf.errors.ResourceExhaustedError
            ):
                raise
            raise SystemExit(f"{self.name}: error: {error}") from error

    def _split_generators(self, dl_manager):
        folder = _manual_folder(dl_manager)
        config = self.builder_config
        dataset = CaptureDataset(
            folder,
            self._label_map(folder),
            split=config.split,
            recipe=config.recipe,
            seed=config.seed,
        )
        for task, classes in dataset.metadata["classes"].items():
            self.info.features[task].names = classes
        self.info.metadata.update(dataset.metadata)
        print(format_data_report(dataset.metadata))
        return {part: self._generate_examples(dataset, part) for part in PARTS}

    def _generate_examples(self, dataset, part):
        return dataset.examples(part)

    def _label_map(self, folder):
        own = folder / "labels.csv"
        if own.exists():
            return read_label_map(own.read_bytes(), name=str(own))
        shipped = self.code_path.parent / "labels.csv"
        return read_label_map(
            shipped.read_bytes(),
            name="the label map of ISCX VPN-nonVPN",
            version=_LABEL_MAP_VERSION,
        )


def _as_bytes(shape, dtype):
    """A feature that is stored as the bytes of the array."""
    return tfds.features.Tensor(
        shape=shape, dtype=dtype, encoding=tfds.features.Encoding.BYTES
    )


def _manual_folder(dl_manager):
    try:
        return dl_manager.manual_dir
    except AssertionError as error:  # missing or empty; spans several lines
        raise InputError(" ".join(str(error).split())) from None
