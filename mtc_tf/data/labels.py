"""Label maps: which capture, or which flows of it, carry which labels."""

import csv
import dataclasses
import fnmatch
import functools
import hashlib
import io
import json
import re
import unicodedata

from mtc_tf.data.flow_filter import read_flow_filter
from mtc_tf.data.flow_labels import FlowLabels
from mtc_tf.data.label_row import LabelRow
from mtc_tf.data.splits import PARTS
from mtc_tf.errors import InputError
from mtc_tf.packets.capture_files import whole_name
from mtc_tf.tasks import MISSING_LABEL
from mtc_tf.tasks import PACKET_TASKS

# The version of a label map that a user wrote.
OWN_VERSION = "own"
VPN_PREFIX = "VPN: "

_FILLED = ("capture", "application")
_REQUIRED = (*_FILLED, "traffic_type")
_FACTS = (*_REQUIRED, "auxiliary", "group", "flows", "part")

# What makes a row's `capture` a pattern.
_WILDCARDS = frozenset("*?[")
# Where the csv module begins a new line.
_LINE_BREAK = re.compile("\r\n|\r|\n")
# Control characters, separators of lines: prepared datasets keep their class
# names as the lines of a file.
_REFUSED_CATEGORIES = ("Cc", "Zl", "Zp")


@dataclasses.dataclass(frozen=True)
class Labels:
    """The labels of a capture's flows; an empty string is a missing label.

    Args:
        application: str. Never missing.
        traffic_type: str. Begins with `"VPN: "` for traffic in a VPN.
        auxiliary: str. The traffic type without the VPN.
        group: str. Captures of one group show one conversation, or overlap in
            time.
        part: str. One of `PARTS` that all of the flows go to; empty where the
            split decides.

    Paper: Section 3.2.2, Table 1.
    """

    application: str
    traffic_type: str
    auxiliary: str
    group: str
    part: str = ""


class LabelMap:
    """Finds the labels of a capture's flows by its name.

    Names are compared without regard to case and spaces: the public copies of
    ISCX VPN-nonVPN differ in both. Nor does it matter how an accent is coded:
    file systems differ in that. A row whose glob is the very name of a capture
    goes before all others, also where it has brackets. The pieces of a rotated
    capture have the labels of the whole, unless they have some of their own,
    and are of one group.

    Args:
        rows: list of `LabelRow`, of different keys; an empty group means that
            each capture is a group of its own, with all of its pieces.
        name: str. What errors call the map, e.g. the path of its file.
        version: str. Stands in the metadata of every dataset that is built
            with the map.
    """

    def __init__(self, rows, *, name, version=OWN_VERSION):
        self.rows = rows
        self._rows_by_glob = {}
        for row in rows:
            self._rows_by_glob.setdefault(row.capture, []).append(row)
        self.name = name
        self.version = version
        # Compiled once: there may be as many captures as rows.
        self._patterns = {
            glob: re.compile(fnmatch.translate(glob)).match
            for glob in self._rows_by_glob
            if not _WILDCARDS.isdisjoint(glob)
        }

    @functools.cached_property
    def classes(self):
        """Dict of task name to the list of its class names.

        Sorted without regard to case, which is the order of the
        specification's class lists and does not depend on the order of rows.
        """
        return {
            task.name: sorted(
                {getattr(row.labels, task.name) for row in self.rows} - {""},
                key=lambda label: (label.casefold(), label),
            )
            for task in PACKET_TASKS
        }

    @property
    def digest(self):
        """SHA-256 of the facts in the map, in hex; notes do not count."""
        rows = sorted(map(_facts, self.rows))
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()

    def lookup(self, capture):
        """Finds the labels of a capture.

        Args:
            capture: str. Name of the capture: its file name without suffix.

        Returns:
            `FlowLabels`, or None if no row matches.

        Raises:
            InputError: if several rows without a filter match.
        """
        rows = [
            row
            for glob in self._matches(capture)
            for row in self._rows_by_glob[glob]
        ]
        of_all = [row.capture for row in rows if not row.flow_filter]
        if len(of_all) > 1:
            raise InputError(
                f"{self.name}: expected one row for the capture {capture!r}, "
                f"received {len(of_all)} whose `capture` matches it, and whose "
                f"`flows` is empty: {', '.join(map(repr, of_all))}"
            )
        if not rows:
            return None
        return FlowLabels(
            [_with_group(row, whole_name(capture)) for row in rows],
            self.name,
            capture,
        )

    def unmatched(self, captures):
        """Lists the globs that match none of the captures.

        Args:
            captures: iterable of str. Names of captures.

        Returns:
            list of str, in the order of the rows.
        """
        matched = {glob for name in captures for glob in self._matches(name)}
        return [glob for glob in self._rows_by_glob if glob not in matched]

    def indices(self, labels):
        """Turns class names into class numbers.

        Args:
            labels: `Labels`.

        Returns:
            dict of task name to int, `MISSING_LABEL` for a missing label.
        """
        return {
            task: numbers[getattr(labels, task)]
            for task, numbers in self._numbers.items()
        }

    @functools.cached_property
    def _numbers(self):
        """Dict of task name to dict of class name to class number."""
        return {
            task: {"": MISSING_LABEL, **{c: n for n, c in enumerate(classes)}}
            for task, classes in self.classes.items()
        }

    def _matches(self, capture):
        return self._rows_of(capture) or self._rows_of(whole_name(capture))

    def _rows_of(self, capture):
        name = normalized_name(capture)
        if name in self._rows_by_glob:
            return [name]
        return [glob for glob, match in self._patterns.items() if match(name)]


def _facts(row):
    """What a digest is made of; without filter and part as of before."""
    *labels, part = dataclasses.astuple(row.labels)
    late = [text for text in (row.filter_text, part and f"part {part}") if text]
    return (row.capture, *labels, *late)


def _with_group(row, default):
    """A row of labels whose group has a name."""
    labels = dataclasses.replace(row.labels, group=row.labels.group or default)
    return dataclasses.replace(row, labels=labels)


def read_label_map(content, *, name, version=OWN_VERSION):
    """Reads a label map from CSV.

    The header names the columns `capture`, `application` and `traffic_type`,
    and optionally `auxiliary`, `group`, `flows` and `part`; other columns are
    notes. `capture` is a glob on the capture's name, `flows` a filter as of
    `mtc_tf.data.flow_filter`, `part` one of `PARTS`, or empty where the split
    decides; those of one group agree. `traffic_type` may be empty. Without the
    column `auxiliary`, it is `All_` and the traffic type without `VPN: `.
    Labels that differ only in how an accent is coded are one.

    Args:
        content: bytes of the file, UTF-8.
        name: str. What errors call the file, e.g. its path.
        version: str. The version of the map.

    Returns:
        `LabelMap`.

    Raises:
        InputError: if the file is no such table; names line, column, value.
    """
    text = decode_labels(content, name)
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
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
    rows = []
    lines = {}
    parts = {}
    for fields in reader:
        line = _first_line(fields, reader.line_num)
        where = f"{name}, line {line}"
        glob, row = _read_row(fields, where)
        first = lines.setdefault(row.key, line)
        if first != line:
            of_flows = f" with the `flows` {row.filter_text!r}"
            raise InputError(
                f"{where}, column `capture`: expected a value that no other "
                f"row has, received {glob!r}"
                f"{of_flows if row.flow_filter else ''} as in line {first}"
            )
        _check_part(row, parts, where)
        rows.append(row)
    if not rows:
        raise InputError(f"{name}: expected a row for each label, found none")
    return rows


def _check_part(row, parts, where):
    """Refuses a part that there is not, and a group in two parts."""
    part = row.labels.part
    if part not in ("", *PARTS):
        raise InputError(
            f"{where}, column `part`: expected one of {', '.join(PARTS)} or an "
            f"empty field, received {part!r}"
        )
    group = row.labels.group or row.capture
    first = parts.setdefault(group, part)
    if first != part:
        raise InputError(
            f"{where}, column `part`: expected {first!r} as in another row of "
            f"the group {group!r}, received {part!r}"
        )


def _first_line(fields, last_line):
    """The line in which a row begins: quoted cells may hold several."""
    cells = " ".join(cell for cell in fields.values() if isinstance(cell, str))
    return last_line - len(_LINE_BREAK.findall(cells))


def _read_row(fields, where):
    if None in fields:  # csv keeps what stands behind the last column there
        raise InputError(
            f"{where}: expected {len(fields) - 1} fields, received "
            f"{len(fields[None])} more: {', '.join(fields[None])}"
        )
    values = {column: (fields.get(column) or "").strip() for column in _FACTS}
    for column, value in values.items():
        check_label(value, f"{where}, column `{column}`")
    for column in _FILLED:
        if not values[column]:
            raise InputError(
                f"{where}, column `{column}`: expected a value, received "
                f"{fields[column]!r}"
            )
    if "auxiliary" not in fields and values["traffic_type"]:
        kind = values["traffic_type"].removeprefix(VPN_PREFIX)
        values["auxiliary"] = f"All_{kind}"
    glob, flows = values.pop("capture"), values.pop("flows")
    flow_filter = None
    if flows:
        flow_filter = read_flow_filter(flows, f"{where}, column `flows`")
    row = LabelRow(normalized_name(glob), flow_filter, Labels(**values))
    return glob, row


def decode_labels(content, name):
    """Decodes a file of labels.

    Args:
        content: bytes.
        name: str. What errors call the file.

    Returns:
        str in Unicode's form NFC.

    Raises:
        InputError: if it is not UTF-8.
    """
    try:
        # Spreadsheets put a byte order mark in front.
        return unicodedata.normalize("NFC", content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: expected UTF-8, received {error}") from None


def check_label(label, where):
    """Refuses the name of a class that a line cannot hold.

    Args:
        label: str.
        where: str. What errors begin with: file, line and column.

    Raises:
        InputError: if it holds a control character, such as a line break.
    """
    for character in label:
        if unicodedata.category(character) in _REFUSED_CATEGORIES:
            raise InputError(
                f"{where}: expected a value without control characters, "
                f"received {label!r}"
            )


def normalized_name(name):
    """Gives all spellings of a capture's name that count as one."""
    return unicodedata.normalize("NFC", name.replace(" ", "").lower())
