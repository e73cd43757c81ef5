"""The captures of the traffic lab that come with the project, for TFDS."""

import tensorflow_datasets as tfds

from mtc_tf.data.capture_builder import CaptureBuilder
from mtc_tf.data.labels import read_label_map

# Of the labels in captures/; a new set is a new version of labels and dataset.
_LABEL_MAP_VERSION = "lab-2.0.0"


class Builder(CaptureBuilder):
    """Labelled packets of the captures in this folder."""

    VERSION = tfds.core.Version("3.0.1")
    RELEASE_NOTES = {
        "1.0.0": "First release.",
        "2.0.0": "Recipe strict clears flow labels and addresses in tunnels; "
        "packets without payload are dropped whatever their protocol.",
        "3.0.0": "A new set: 768 sessions of varied programs, ports and paths, "
        "with the class Other; the first packets of each flow.",
        "3.0.1": "The same rows in the same order; packets are stored without "
        "the zeros that fill up their row.",
    }

    def captures_and_labels(self, dl_manager):
        folder = self.code_path.parent / "captures"
        labels = folder / "labels.csv"
        return folder, read_label_map(
            labels.read_bytes(),
            name="the labels of the traffic lab",
            version=_LABEL_MAP_VERSION,
        )
