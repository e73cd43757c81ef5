"""The captures of the traffic lab that come with the project, for TFDS."""

import tensorflow_datasets as tfds

from mtc_tf.data.capture_builder import CaptureBuilder
from mtc_tf.data.labels import read_label_map

# Of the labels in captures/; a new set is a new version of labels and dataset.
_LABEL_MAP_VERSION = "lab-1.0.0"


class Builder(CaptureBuilder):
    """Labelled packets of the captures in this folder."""

    VERSION = tfds.core.Version("2.0.0")
    RELEASE_NOTES = {
        "1.0.0": "First release.",
        "2.0.0": "Recipe strict clears flow labels and addresses in tunnels; "
        "packets without payload are dropped whatever their protocol.",
    }

    def captures_and_labels(self, dl_manager):
        folder = self.code_path.parent / "captures"
        labels = folder / "labels.csv"
        return folder, read_label_map(
            labels.read_bytes(),
            name="the labels of the traffic lab",
            version=_LABEL_MAP_VERSION,
        )
