"""ISCX VPN-nonVPN 2016, or captures of one's own, as a TFDS dataset."""

import tensorflow_datasets as tfds

from mtc_tf.data.capture_builder import CaptureBuilder
from mtc_tf.data.labels import read_label_map
from mtc_tf.data.tfds_builder import find_manual_folder

# Of the label map in this folder: its digest says the same, less readably.
_LABEL_MAP_VERSION = "1.0.0"


class Builder(CaptureBuilder):
    """Labelled packets of the captures in the manual folder."""

    VERSION = tfds.core.Version("2.0.1")
    RELEASE_NOTES = {
        "1.0.0": "First release.",
        "2.0.0": "Recipe strict clears flow labels and addresses in tunnels; "
        "packets without payload are dropped whatever their protocol.",
        "2.0.1": "The same rows in the same order; packets are stored without "
        "the zeros that fill up their row.",
    }
    HOMEPAGE = "https://www.unb.ca/cic/datasets/vpn.html"
    # One line, because it becomes a part of the error for an empty folder.
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "put the captures of ISCX VPN-nonVPN 2016 "
        "(https://www.unb.ca/cic/datasets/vpn.html) there under their own "
        "names, or captures of your own with a labels.csv; name the folder "
        "with --manual_dir"
    )

    def captures_and_labels(self, dl_manager):
        folder = find_manual_folder(dl_manager)
        own = folder / "labels.csv"
        if own.exists():
            return folder, read_label_map(own.read_bytes(), name=str(own))
        shipped = self.code_path.parent / "labels.csv"
        return folder, read_label_map(
            shipped.read_bytes(),
            name="the label map of ISCX VPN-nonVPN",
            version=_LABEL_MAP_VERSION,
        )
