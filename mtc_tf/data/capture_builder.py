"""What the TFDS builders of captures share."""

import numpy as np
import tensorflow_datasets as tfds

from mtc_tf.data.build_workers import build_workers
from mtc_tf.data.capture_config import CAPTURE_CONFIGS
from mtc_tf.data.capture_dataset import CaptureDataset
from mtc_tf.data.capture_report import format_data_report
from mtc_tf.data.dataset_files import write_dataset
from mtc_tf.data.series_dataset import SeriesDataset
from mtc_tf.data.splits import PARTS
from mtc_tf.data.tfds_builder import TFDSBuilder
from mtc_tf.data.tfds_builder import as_bytes
from mtc_tf.data.whole_path import whole_path
from mtc_tf.packets import PACKET_LENGTH
from mtc_tf.tasks import PACKET
from mtc_tf.tasks import PACKET_TASKS
from mtc_tf.tasks import SERIES


class CaptureBuilder(TFDSBuilder, skip_registration=True):
    """Labelled packets, or flows, of the captures in a folder.

    A dataset is a subclass that says where its captures and labels are, in
    `captures_and_labels`.

    TFDS's own writer takes the rows one by one, as Python objects; here they
    go from the captures to the files by the thousand, in several processes or
    on a cluster if that is asked for. The files are of the kind, and in the
    place and order, that TFDS would give them; and the same captures give the
    same bytes.

    Attributes:
        HOMEPAGE: str. Where more is said about the captures.
        jobs: int or None. How many processes read captures and write; None
            for what the variable `MTC_JOBS` of the environment says, or 1.
        spools: path or None. The folder in which packets wait that were read,
            and stay, for other builds of the same captures; None where there
            are no others.
    """

    HOMEPAGE = ""
    jobs = None
    spools = None
    BUILDER_CONFIGS = CAPTURE_CONFIGS

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
            # See `mtc_tf.data.stored_packet`.
            encoding = tfds.features.Encoding.ZLIB
            row = {PACKET.name: as_bytes((PACKET_LENGTH,), np.uint8, encoding)}
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

    def _generate_splits(self, dl_manager, download_config):
        """Writes all parts; TFDS adds what it says of them."""
        # A look at the first rows alone: TFDS counts them.
        if download_config.max_examples_per_split:
            return super()._generate_splits(dl_manager, download_config)
        # TFDS gives each try a folder of its own, and this one lies beside.
        folder = self.data_path.parent / f"unfinished.{self.version}"
        with build_workers(folder, self.jobs, download_config) as (
            waiting,
            workers,
        ):
            spools = self.spools or waiting / "spools"
            buckets = waiting / "buckets"
            spools.mkdir(exist_ok=True)
            buckets.mkdir(exist_ok=True)
            dataset = self._read_captures(dl_manager, spools, workers)
            return self._write(
                dataset, download_config.get_shard_config(), buckets, workers
            )

    def _write(self, dataset, shard_config, buckets, workers):
        """Writes the parts, and returns what TFDS wants to know of each."""
        templates = {part: self._get_filename_template(part) for part in PARTS}
        paths = {}
        for part, template in templates.items():
            shards = shard_config.get_number_shards(
                dataset.nbytes(part), dataset.rows(part)
            )
            paths[part] = list(
                map(whole_path, template.sharded_filepaths(shards))
            )
        written = write_dataset(
            dataset,
            paths,
            self.info.file_format.value,
            folder=buckets,
            workers=workers,
            keep_packets=self.spools is not None,
        )
        return [
            tfds.core.SplitInfo(
                name=part,
                shard_lengths=[rows for rows, _ in written[part]],
                num_bytes=sum(nbytes for _, nbytes in written[part]),
                filename_template=template,
            )
            for part, template in templates.items()
        ]

    def _split_generators(self, dl_manager):
        dataset = self._read_captures(dl_manager)
        return {part: self._generate_examples(dataset, part) for part in PARTS}

    def _generate_examples(self, dataset, part):
        return dataset.examples(part)

    def _read_captures(self, dl_manager, spool_folder=None, workers=None):
        """Reads and divides the captures, and prints what they hold."""
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
            spool_folder=spool_folder,
            workers=workers,
        )
        for task, classes in dataset.metadata["classes"].items():
            self.info.features[task].names = classes
        self.info.metadata.update(dataset.metadata)
        print(format_data_report(dataset.metadata))
        return dataset
