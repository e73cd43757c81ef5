"""The label map of a dataset of records: which labels make a class."""

import csv
import io

from mtc_tf.data.labels import check_label
from mtc_tf.data.labels import decode_labels
from mtc_tf.errors import InputError

_COLUMNS = ("label", "attack")


def read_record_labels(content, *, name):
    """Reads which label of a record table belongs to which class.

    Args:
        content: bytes of a CSV file in UTF-8 with the columns `label` and
            `attack`.
        name: str. What errors call the file, e.g. its path.

    Returns:
        dict from label to name of its class, in the order of the rows.

    Raises:
        InputError: if the file is not UTF-8, a column or a value is missing,
            or a value holds a control character; names line and column.
    """
    text = decode_labels(content, name)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if not set(_COLUMNS) <= set(reader.fieldnames or ()):
        raise InputError(
            f"{name}, line 1: expected the columns {', '.join(_COLUMNS)}; "
            f"received {', '.join(reader.fieldnames or ()) or 'an empty line'}"
        )
    class_of_label = {}
    for row in reader:
        for column in _COLUMNS:
            where = f"{name}, line {reader.line_num}, column `{column}`"
            if not row[column]:
                raise InputError(f"{where}: expected a value, received none")
            check_label(row[column], where)
        class_of_label[row["label"]] = row["attack"]
    return class_of_label
