"""Label maps: which capture carries which labels."""

import csv
import dataclasses
import fnmatch
import hashlib
import io
import json

from mtc_tf.errors import InputError
from mtc_tf.tasks import MISSING_LABEL
from mtc_tf.tasks import PACKET_TASKS

# The version of a label map that a user wrote.
OWN_VERSION = "own"
VPN_PREFIX = "VPN: "

_FILLED = ("capture", "application")
_REQUIRED = (*_FILLED, "traffic_type")
_FACTS = (*_REQUIRED, "auxiliary", "group")


@dataclasses.dataclass(frozen=True)
class Labels:
    """The labels of one capture; an empty string is a missing label.

    Args:
        application: str. Never missing.
        traffic_type: str. Begins with `"VPN: "` for traffic in a VPN.
        auxiliary: str. The traffic type without the VPN.
        group: str. Captures of one group show one conversation, or overlap in
            time.

    Paper: Section 3.2.2, Table 1.
    """

    application: str
    traffic_type: str
    auxiliary: str
    group: str


class LabelMap:
    """Finds the labels of a capture by its name.

    Names are compared without regard to case and spaces: the public copies of
    ISCX VPN-nonVPN differ in both.

    Args:
        rows: dict of glob to `Labels`; an empty group means that each capture
            is a group of its own.
        name: str. What errors call the map, e.g. the path of its file.
        version: str. Stands in the metadata of every dataset that is built
            with the map.
    """

    def __init__(self, rows, *, name, version=OWN_VERSION):
        self.rows = {normalized_name(glob): row for glob, row in rows.items()}
        self.name = name
        self.version = version

    @property
    def classes(self):
        """Dict of task name to the list of its class names.

        Sorted without regard to case, which is the order of the
        specification's class lists and does not depend on the order of rows.
        """
        return {
            task.name: sorted(
                {getattr(row, task.name) for row in self.rows.values()} - {""},
                key=lambda label: (label.casefold(), label),
            )
            for task in PACKET_TASKS
        }

    @property
    def digest(self):
        """SHA-256 of the facts in the map, in hex; notes do not count."""
        rows = sorted(
            (glob, *dataclasses.astuple(row)) for glob, row in self.rows.items()
        )
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()

    def lookup(self, capture):
        """Finds the labels of a capture.

        Args:
            capture: str. Name of the capture: its file name without suffix.

        Returns:
            `Labels`, or None if no row matches.

        Raises:
            InputError: if several rows match.
        """
        globs = self._matches(capture)
        if len(globs) > 1:
            raise InputError(
                f"{self.name}: expected one row for the capture {capture!r}, "
                f"received {len(globs)} whose `capture` matches it: "
                + ", ".join(map(repr, globs))
            )
        if not globs:
            return None
        row = self.rows[globs[0]]
        return dataclasses.replace(row, group=row.group or capture)

    def unmatched(self, captures):
        """Lists the globs that match none of the captures.

        Args:
            captures: iterable of str. Names of captures.

        Returns:
            list of str, in the order of the rows.
        """
        matched = {glob for name in captures for glob in self._matches(name)}
        return [glob for glob in self.rows if glob not in matched]

    def indices(self, labels):
        """Turns class names into class numbers.

        Args:
            labels: `Labels`.

        Returns:
            dict of task name to int, `MISSING_LABEL` for a missing label.
        """
        indices = {}
        for task, classes in self.classes.items():
            label = getattr(labels, task)
            indices[task] = classes.index(label) if label else MISSING_LABEL
        return indices

    def _matches(self, capture):
        name = normalized_name(capture)
        return [glob for glob in self.rows if fnmatch.fnmatchcase(name, glob)]


def read_label_map(content, *, name, version=OWN_VERSION):
    """Reads a label map from CSV.

    The header names the columns `capture`, `application` and `traffic_type`,
    and optionally `auxiliary` and `group`; other columns are notes. `capture`
    is a glob on the capture's name. `traffic_type` may be empty. Without the
    column `auxiliary`, it is `All_` and the traffic type without `VPN: `.

    Args:
        content: bytes of the file, UTF-8.
        name: str. What errors call the file, e.g. its path.
        version: str. The version of the map.

    Returns:
        `LabelMap`.

    Raises:
        InputError: if the file is no such table; names line, column, value.
    """
    try:
        # Spreadsheets put a byte order mark in front.
        table = io.StringIO(content.decode("utf-8-sig"), newline="")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: expected UTF-8, received {error}") from None
    reader = csv.DictReader(table, strict=True)
    try:
        return LabelMap(_read_rows(reader, name), name=name, version=version)
    except csv.Error as error:
        raise InputError(f"{name}, line {reader.line_num}: {error}") from None


def _read_rows(reader, name):
    columns = [column.strip() for column in reader.fieldnames or ()]
    missing = [column for column in _REQUIRED if column not in columns]
    if missing:
        raise InputError(
            f"{name}, line 1: expected the columns {', '.join(_REQUIRED)}; "
            f"received {', '.join(columns) or 'an empty line'} "
            f"(missing: {', '.join(missing)})"
        )
    reader.fieldnames = columns
    rows = {}
    lines = {}
    for fields in reader:
        where = f"{name}, line {reader.line_num}"
        glob, row = _read_row(fields, where)
        first = lines.setdefault(normalized_name(glob), reader.line_num)
        if first != reader.line_num:
            raise InputError(
                f"{where}, column `capture`: expected a value that no other "
                f"row has, received {glob!r} as in line {first}"
            )
        rows[glob] = row
    if not rows:
        raise InputError(f"{name}: expected a row for each label, found none")
    return rows


def _read_row(fields, where):
    if None in fields:  # csv keeps what stands behind the last column there
        raise InputError(
            f"{where}: expected {len(fields) - 1} fields, received "
            f"{len(fields[None])} more: {', '.join(fields[None])}"
        )
    values = {column: (fields.get(column) or "").strip() for column in _FACTS}
    for column in _FILLED:
        if not values[column]:
            raise InputError(
                f"{where}, column `{column}`: expected a value, received "
                f"{fields[column]!r}"
            )
    if "auxiliary" not in fields and values["traffic_type"]:
        kind = values["traffic_type"].removeprefix(VPN_PREFIX)
        values["auxiliary"] = f"All_{kind}"
    return values.pop("capture"), Labels(**values)


def normalized_name(name):
    """Gives all spellings of a capture's name that count as one."""
    return name.replace(" ", "").lower()
