"""The captures of a folder, by name."""

from mtc_tf.data.labels import normalized_name
from mtc_tf.errors import InputError
from mtc_tf.packets import capture_name
from mtc_tf.packets.capture_files import find_captures
from mtc_tf.printable import as_unicode


def named_captures(folder):
    """Finds the captures of a folder.

    Args:
        folder: `pathlib.Path` or `epath.Path`.

    Returns:
        tuple `(captures, passed_over)`: a dict of name to path, in the order
        of the names, and a dict of path below the folder to what is wrong
        with a file that is no capture.

    Raises:
        InputError: if there is no capture, or if two have one name.
    """
    paths, passed_over = find_captures(folder)
    found = {}
    spellings = {}
    for path in paths:
        name = capture_name(path)
        first = spellings.setdefault(normalized_name(name), path)
        if first != path:
            raise InputError(
                f"two captures have one name: {first} and {path}; labels and "
                "keys go by the name, so rename or remove one"
            )
        found[name] = path
    return dict(sorted(found.items())), {
        as_unicode(str(path.relative_to(folder))): reason
        for path, reason in passed_over.items()
    }
