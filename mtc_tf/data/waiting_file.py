"""A file of what waits on disk for a while."""

import contextlib

import google_crc32c

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line

_CHUNK = 1 << 20


class WaitingFile:
    """Writes a file once from beginning to end, within a `with` statement.

    Nothing is added to a file that was closed: object stores cannot do that.

    Args:
        path: `pathlib.Path` or `epath.Path` of the file, which is not there
            yet.
        what: str. What waits in it, for the errors.

    Attributes:
        path: as given.
        seal: list of two int, the bytes that were added and their checksum
            (CRC-32C); tells whether a file is whole.

    Raises:
        InputError: if it cannot be written, on entering and leaving too.
    """

    def __init__(self, path, what):
        self.path = path
        self._what = what
        self._file = None
        self.seal = [0, 0]

    def __enter__(self):
        with self._reporting():
            self._file = self.path.open("wb")
        return self

    def __exit__(self, *error):
        file, self._file = self._file, None
        with self._reporting():
            file.close()

    def add(self, content):
        """Writes some bytes behind those that are there.

        Args:
            content: bytes.

        Returns:
            int. Where they begin in the file.

        Raises:
            InputError: if they cannot be written.
        """
        with self._reporting():
            self._file.write(content)
        begin, checksum = self.seal
        end = begin + len(content)
        self.seal = [end, google_crc32c.extend(checksum, content)]
        return begin

    @contextlib.contextmanager
    def _reporting(self):
        try:
            yield
        except OSError as error:
            raise InputError(
                f"{self.path.parent}: no room for the {self._what} to wait in: "
                f"{error.strerror or first_line(error)}"
            ) from error


def is_sealed(path, seal):
    """Returns whether a file holds what it did when it got a seal.

    A machine that stops may keep the name of a file and lose what is in it.

    Args:
        path: `pathlib.Path` or `epath.Path` of the file.
        seal: list, as of `WaitingFile`.
    """
    nbytes, checksum = 0, 0
    try:
        with path.open("rb") as file:
            while content := file.read(_CHUNK):
                nbytes += len(content)
                checksum = google_crc32c.extend(checksum, content)
    except FileNotFoundError:
        return False
    return [nbytes, checksum] == seal
