"""Opens the text of a CSV file, whatever it is packed and encoded in."""

import codecs
import contextlib
import gzip
import io
import zlib

from mtc_tf.errors import InputError

# The rows of a genuine table have some 300 bytes.
LONGEST_LINE = 2**20  # bytes

_GZIP_MAGIC = b"\x1f\x8b"
_BUFFER_BYTES = 2**18
_HEAD_BYTES = 512
_SHOWN_BYTES = 8
# UTF-32 first: its mark begins with that of UTF-16.
_ENCODINGS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"": "utf-8-sig",
}


@contextlib.contextmanager
def open_csv_text(path):
    """Opens a CSV file as text.

    It may be compressed by gzip, and is in UTF-8, or in UTF-16 or UTF-32 with
    a byte order mark; bytes that are none of these (a dash of Windows-1252 in
    a label) become U+FFFD. Lines end as on any system.

    Args:
        path: `pathlib.Path` or `epath.Path`. Is read once, from its start.

    Yields:
        `io.TextIOBase`. Its methods raise `InputError` where the file cannot
        be read any further.

    Raises:
        InputError: if the file cannot be opened, or does not begin with text.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    with file:
        stream = _buffered(path, file.read)
        if stream.peek(2)[:2] == _GZIP_MAGIC:
            # `read1` gives what there is before a file turns out damaged.
            stream = _buffered(path, gzip.GzipFile(fileobj=stream).read1)
        head = stream.peek(_HEAD_BYTES)[:_HEAD_BYTES]
        encoding = next(
            name for mark, name in _ENCODINGS.items() if head.startswith(mark)
        )
        if encoding == "utf-8-sig" and _is_binary(head):
            raise InputError(
                f"{path}: not a table; expected text (CSV, may be compressed "
                f"by gzip), received {head[:_SHOWN_BYTES].hex()} as the first "
                "bytes"
            )
        yield io.TextIOWrapper(stream, encoding, errors="replace")


def _is_binary(head):
    return any(byte < 0x20 and byte not in b"\t\n\r" for byte in head)


def _buffered(path, read):
    return io.BufferedReader(_Blocks(path, read), _BUFFER_BYTES)


class _Blocks(io.RawIOBase):
    """Reads blocks by a `read` function, and refuses endless lines.

    The file object of `tf.io.gfile` has neither `readinto` nor `peek`.
    """

    def __init__(self, path, read):
        super().__init__()
        self._path = path
        self._read = read
        self._line_bytes = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        try:
            block = self._read(len(buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(f"{self._path}: gzip: {error}") from error
        except OSError as error:
            raise InputError(
                f"{self._path}: {error.strerror or error}"
            ) from error
        buffer[: len(block)] = block
        end = max(block.rfind(b"\n"), block.rfind(b"\r"))
        if end < 0:
            self._line_bytes += len(block)
        else:
            self._line_bytes = len(block) - end
        if self._line_bytes > LONGEST_LINE:
            raise InputError(
                f"{self._path}: not a table; a line is longer than "
                f"{LONGEST_LINE:,} bytes"
            )
        return len(block)
