"""What all TFDS builders of this project share."""

import numpy as np
import tensorflow_datasets as tfds

from mtc_tf.errors import InputError
from mtc_tf.printable import printable
from mtc_tf.printable import spell_out_on_stdout


class TFDSBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """A builder whose errors, where a user can mend them, are one line."""

    def download_and_prepare(self, **kwargs):
        """Builds the dataset.

        `tfds build` prints a traceback of every exception but `SystemExit`,
        of which it prints the message, and exits with 1.
        """
        spell_out_on_stdout()
        try:
            super().download_and_prepare(**kwargs)
        except (InputError, OSError) as error:
            raise SystemExit(
                f"{self.name}: error: {printable(error)}"
            ) from error
        except RuntimeError as error:
            # What TFDS makes of a full disk that TensorFlow came upon, which
            # it imports where it needs it.
            if type(error.__cause__).__name__ != "ResourceExhaustedError":
                raise
            raise SystemExit(
                f"{self.name}: error: {printable(error)}"
            ) from error


def find_manual_folder(dl_manager):
    """Returns the folder given with `--manual_dir`.

    Args:
        dl_manager: `tfds.download.DownloadManager`.

    Raises:
        InputError: if it is missing or empty.
    """
    try:
        return dl_manager.manual_dir
    except AssertionError as error:  # spans several lines
        raise InputError(" ".join(str(error).split())) from None


def as_bytes(shape, dtype, encoding=tfds.features.Encoding.BYTES):
    """A feature that is stored as the bytes of the array."""
    return tfds.features.Tensor(
        shape=shape, dtype=np.dtype(dtype), encoding=encoding
    )
