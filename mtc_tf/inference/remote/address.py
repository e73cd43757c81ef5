"""The address of a model behind a server."""

import dataclasses
import urllib.parse

from mtc_tf.errors import InputError

# What `grpc://` says, `grpcs` would say with TLS.
SCHEMES = ("http", "https", "grpc")
# Of TensorFlow Serving.
_PORTS = {"http": 8501, "https": 443, "grpc": 8500}
_LABELS = "labels"


@dataclasses.dataclass(frozen=True)
class Address:
    """`SCHEME://HOST[:PORT]/[FOLDER/]NAME[/labels/LABEL]`, taken apart.

    Args:
        text: str. As it was given.
        scheme: str, of `SCHEMES`.
        host: str.
        port: int. By default that of TensorFlow Serving, of https 443.
        folder: str. What a proxy has put in front of the server's own paths,
            such as `/below`; mostly empty.
        name: str. What the server calls the model.
        label: str. TensorFlow Serving's label of one of its versions; empty
            for the version that the server chooses.
    """

    text: str
    scheme: str
    host: str
    port: int
    folder: str
    name: str
    label: str


def is_address(model):
    """Whether a model is named by an address; else it is a path."""
    return isinstance(model, str) and "://" in model


def parse_address(text):
    """Reads the address of a model.

    Args:
        text: str.

    Returns:
        `Address`.

    Raises:
        InputError: if it is none.
    """
    try:
        parts = urllib.parse.urlsplit(text)
        port = parts.port or _PORTS[parts.scheme]
        is_right = (
            bool(parts.hostname)
            and parts.port != 0
            and text.isprintable()
            and parts.path.isascii()
            and not set(text) & set(" @?#%\\")
        )
        *folders, name = parts.path.rstrip("/").split("/")
    except (ValueError, KeyError):
        is_right = False
    if not is_right or not name:
        raise InputError(
            "expected the address of a model, such as "
            "http://localhost:8501/mtc or grpc://localhost:8500/mtc, received "
            f"{text!r}"
        )
    label = ""
    if folders[-1:] == [_LABELS] and len(folders) > 2:
        label, name = name, folders[-2]
        folders = folders[:-2]
    return Address(
        text=text,
        scheme=parts.scheme,
        host=parts.hostname,
        port=port,
        folder="/".join(folders),
        name=name,
        label=label,
    )
