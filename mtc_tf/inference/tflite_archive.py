"""What a TFLite file says of itself, in a ZIP archive behind the model.

TFLite's metadata keep files so: LiteRT reads the model at the beginning and
passes over the archive, whose directory stands at the end; `unzip -l` lists it.

mtc.json           classes, recipe, origin, the digest of the model before it
application.txt    the classes of a task, one a line; so for each task
"""

import io
import json
import struct
import zipfile

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.files import json_files

METADATA_FILE = "mtc.json"
# The directory at the end of an archive: a name and some numbers for each file.
_LIMIT_DIRECTORY_BYTES = 64 * 2**10
_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_END_64 = b"PK\x06\x07"
_BYTES_64 = 20


def with_description(model, description):
    """Puts what describes a model behind it.

    Args:
        model: bytes of the TFLite model.
        description: dict that `json` can write, a `ModelDescription`.

    Returns:
        bytes of a file that LiteRT reads as it reads the model.
    """
    text = json.dumps(description, indent=2, ensure_ascii=False)
    files = {METADATA_FILE: f"{text}\n"}
    for task, names in description["tasks"].items():
        files[label_file(task)] = "".join(f"{name}\n" for name in names)
    stream = io.BytesIO()
    stream.write(model)
    with zipfile.ZipFile(stream, "a") as archive:
        for name, content in files.items():
            # With the time that `ZipInfo` has by itself, equal models are
            # equal files.
            archive.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()


def label_file(task):
    """Returns the name of the file with the classes of a task."""
    return f"{task}.txt"


def split(content, source):
    """Divides a TFLite file into model and description.

    Nothing is unpacked to disk, and of the archive only `mtc.json` is read.

    Args:
        content: bytes of the file.
        source: path of it, for messages.

    Returns:
        tuple of the bytes of the model and those of `mtc.json`; of a file
        without an archive all bytes and None.

    Raises:
        InputError: if the archive is damaged, or larger than it should be.
    """
    size = _directory_size(content)
    if size is None:
        return content, None
    try:
        if size > _LIMIT_DIRECTORY_BYTES:
            raise zipfile.BadZipFile(
                f"its directory has {size} bytes, more than "
                f"{_LIMIT_DIRECTORY_BYTES}"
            )
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            member = archive.getinfo(METADATA_FILE)
            if (
                member.compress_type != zipfile.ZIP_STORED
                or member.file_size > json_files.LIMIT_BYTES
            ):
                raise zipfile.BadZipFile(f"{METADATA_FILE} is too large")
            start = min(file.header_offset for file in archive.infolist())
            return content[:start], archive.read(member)
    except Exception as error:  # damaged files end in errors of many kinds
        raise InputError(
            f"{source}: the description in it cannot be read: "
            f"{first_line(error)}"
        ) from error


def _directory_size(content):
    """Bytes of the archive's directory; None where there is no archive.

    An archive that is larger than any of ours counts as none: the fields that
    it keeps elsewhere would have to be believed.
    """
    end = content[-_END.size :]
    if not end.startswith(_END_SIGNATURE) or len(end) < _END.size:
        return None
    before = content[: -_END.size][-_BYTES_64:]
    if before.startswith(_END_64):
        return None
    *_, size, _, _ = _END.unpack(end)
    return size
