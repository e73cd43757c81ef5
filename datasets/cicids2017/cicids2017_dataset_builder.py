"""CICIDS2017 as a TFDS dataset."""

import csv
import dataclasses
import hashlib
import io

import numpy as np
import tensorflow_datasets as tfds

from mtc_tf.data.record_dataset import RECIPES
from mtc_tf.data.record_dataset import RecordDataset
from mtc_tf.data.record_labels import read_record_labels
from mtc_tf.data.record_report import format_record_report
from mtc_tf.data.splits import PARTS
from mtc_tf.data.tfds_builder import TFDSBuilder
from mtc_tf.data.tfds_builder import as_bytes
from mtc_tf.data.tfds_builder import find_manual_folder
from mtc_tf.errors import InputError
from mtc_tf.features.tabular import PORT
from mtc_tf.tasks import FEATURES

# Of labels.csv in this folder: its digest says the same, less readably.
_LABELS_VERSION = "1.0.0"
_CHOICES = ("fixed", "filter")


@dataclasses.dataclass(kw_only=True)
class Config(tfds.core.BuilderConfig):
    """How the records are cleaned, scaled, balanced and divided.

    Args:
        recipe: str. `recipe` of `RecordDataset`.
        choice: str. `fixed` takes the 49 features of `features.csv`, `filter`
            those that the data's deviations and correlations leave.
        without: list of str. Features to leave out.
        split_seed: int. `split_seed` of `RecordDataset`.
    """

    recipe: str
    choice: str = "fixed"
    without: list = ()
    split_seed: int = 0


class Builder(TFDSBuilder):
    """Labelled records of the CSV files in the manual folder."""

    VERSION = tfds.core.Version("2.0.0")
    RELEASE_NOTES = {
        "2.0.0": "In clean configs no row of features stands in two parts: "
        "repeats are found by the features that are kept.",
        "1.0.0": "First release.",
    }
    # One line, because it becomes a part of the error for an empty folder.
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "put the CSV files of CICIDS2017 (MachineLearningCSV.zip of "
        "https://www.unb.ca/cic/datasets/ids-2017.html) there, all eight or "
        "some; name the folder with --manual_dir"
    )
    BUILDER_CONFIGS = [
        Config(
            name="paper",
            description="Scaled and balanced before the split, as in the "
            "paper: synthetic records and their neighbours stand on both "
            "sides. For the paper's numbers.",
            recipe="paper",
        ),
        Config(
            name="clean",
            description="Divided first; scaler and balancing see the training "
            "part only, the test part keeps the natural mix, and no row of "
            "features stands in two parts.",
            recipe="clean",
        ),
        Config(
            name="clean_no_port",
            description="As clean, without the destination port, which gives "
            "many attacks of this dataset away.",
            recipe="clean",
            without=[PORT],
        ),
    ]

    def _info(self):
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    # How many there are follows from the data with the choice
                    # `filter`.
                    FEATURES.name: as_bytes((None,), np.float32),
                    **{
                        task.name: tfds.features.ClassLabel()
                        for task in FEATURES.tasks
                    },
                    "file": tfds.features.Text(),
                    "line": np.int32,
                }
            ),
            homepage="https://www.unb.ca/cic/datasets/ids-2017.html",
            metadata=tfds.core.MetadataDict(),
        )

    def _split_generators(self, dl_manager):
        config = self.builder_config
        paths = _find_tables(find_manual_folder(dl_manager))
        labels = (self.code_path.parent / "labels.csv").read_bytes()
        features = _read_csv(self.code_path.parent / "features.csv")
        kept = [row["feature"] for row in features if row["role"] == "kept"]
        _check_config(config, [row["feature"] for row in features])
        dataset = RecordDataset(
            paths,
            read_record_labels(labels, name="the label map of CICIDS2017"),
            [row["feature"] for row in features],
            kept if config.choice == "fixed" else None,
            without=config.without,
            recipe=config.recipe,
            split_seed=config.split_seed,
        )
        for task, classes in dataset.metadata["classes"].items():
            self.info.features[task].names = classes
        self.info.metadata.update(dataset.metadata)
        self.info.metadata["label_map"] = {
            "version": _LABELS_VERSION,
            "digest": hashlib.sha256(labels).hexdigest(),
        }
        print(format_record_report(dataset.metadata))
        return {part: dataset.examples(part) for part in PARTS}

    def _generate_examples(self, dataset, part):
        return dataset.examples(part)


def _check_config(config, features):
    """Checks what `--config` may name as JSON."""
    for name, values, known in (
        ("recipe", [config.recipe], RECIPES),
        ("choice", [config.choice], _CHOICES),
        ("without", config.without, features),
    ):
        for value in values:
            if value not in known:
                raise InputError(
                    f"{name} of the config must be of {', '.join(known)}; "
                    f"received {value!r}"
                )


def _find_tables(folder):
    """The CSV files of a folder, in the order of their names."""
    paths = sorted(
        path
        for path in folder.iterdir()
        if path.name.lower().endswith((".csv", ".csv.gz"))
        and not path.name.startswith(".")
    )
    if not paths:
        raise InputError(
            f"{folder}: expected the CSV files of CICIDS2017, found none"
        )
    return paths


def _read_csv(path):
    return list(csv.DictReader(io.StringIO(path.read_text())))
