"""The data report: what a dataset of captures is made of."""

from mtc_tf.data.capture_counts import no_packets
from mtc_tf.data.labels import OWN_VERSION
from mtc_tf.data.splits import PARTS
from mtc_tf.files.text_table import text_table
from mtc_tf.printable import printable_content


def data_report(captures, label_map, found, *, passed_over, split_by_flow):
    """Counts what became of captures, packets and classes.

    Args:
        captures: list of `CaptureCounts`.
        label_map: `LabelMap`.
        found: iterable of str. Names of all captures that were found.
        passed_over: dict from each file that is no capture to what is wrong
            with it.
        split_by_flow: list of `(application, traffic type)`.

    Returns:
        dict that `json` can write.
    """
    classes = {
        task: {name: no_packets() for name in names}
        for task, names in label_map.classes.items()
    }
    without_label = {task: no_packets() for task in classes}
    parts = no_packets()
    found_rows = set()
    for capture in captures:
        for row, counts in zip(
            capture.source.flow_labels.rows, capture.of_labels, strict=True
        ):
            if counts["kept"]:
                found_rows.add(row.key)
            _add(parts, counts)
            for task, rows in classes.items():
                label = getattr(row.labels, task)
                _add(rows[label] if label else without_label[task], counts)
    labelled = {capture.name for capture in captures}
    unmatched = label_map.unmatched(found)
    return {
        "parts": parts,
        "captures": [_capture_row(capture) for capture in captures],
        "classes": classes,
        "packets_without_label": without_label,
        "classes_without_packets": {
            task: [name for name, row in rows.items() if not row["kept"]]
            for task, rows in classes.items()
        },
        "classes_split_by_flow": [list(names) for names in split_by_flow],
        "captures_without_labels": [
            name for name in found if name not in labelled
        ],
        "flows_without_labels": {
            capture.name: capture.left_out
            for capture in captures
            if capture.left_out["flows"]
        },
        "labels_without_captures": unmatched,
        "filters_without_flows": [
            {"capture": row.capture, "flows": row.filter_text}
            for row in label_map.rows
            if row.flow_filter
            and row.capture not in unmatched
            and row.key not in found_rows
        ],
        "files_passed_over": passed_over,
    }


def format_data_report(metadata):
    """Writes the report as text for a terminal.

    Args:
        metadata: dict. `CaptureDataset.metadata`.

    Returns:
        str of several lines, in which names are as of `printable`.
    """
    report = printable_content(metadata["report"])
    label_map = metadata["label_map"]
    lines = [
        f"Split by {metadata['split']}, split seed {metadata['split_seed']}; "
        f"recipe {metadata['recipe']}",
        f"Label map {label_map['version']}, sha256 {label_map['digest']}",
        "",
        *_capture_lines(report["captures"]),
        "",
        *_class_lines(report),
        *_window_lines(metadata),
        "",
        *(f"{p:10}  sha256 {d}" for p, d in metadata["digests"].items()),
        "",
        *_gap_lines(report, label_map["version"]),
    ]
    return "\n".join(lines)


def _add(total, counts):
    for column, count in counts.items():
        total[column] += count


def _capture_row(capture):
    total = no_packets()
    for counts in capture.of_labels:
        _add(total, counts)
    labels = capture.source.flow_labels.labels
    groups = dict.fromkeys(own.group for own in labels)
    return {
        **capture.report.as_dict(),
        "group": ", ".join(groups),
        **{part: total[part] for part in PARTS},
    }


def _capture_lines(rows):
    table = [
        {
            "capture": row["capture"],
            "read": row["read"],
            "kept": row["kept"],
            "dropped": ", ".join(f"{k} {n}" for k, n in row["dropped"].items()),
        }
        for row in rows
    ]
    yield text_table(table, left=("capture", "dropped"))
    for row in rows:
        for warning in row["warnings"]:
            yield f"{row['capture']}: {warning}"


def _class_lines(report):
    tables = {
        task: {**rows, "(no label)": report["packets_without_label"][task]}
        for task, rows in report["classes"].items()
    }
    tables["all"] = {"all packets": report["parts"]}
    rows = [
        {"task": task, "class": name, **counts}
        for task, classes in tables.items()
        for name, counts in classes.items()
        if counts["kept"]
    ]
    yield text_table(rows, left=("task", "class"))


def _window_lines(metadata):
    windows = metadata["report"].get("windows")
    if windows:
        counts = ", ".join(f"{part} {n:,}" for part, n in windows.items())
        yield ""
        yield f"Windows of {metadata['packets_per_flow']} packets: {counts}"


def _gap_lines(report, version):
    for task, names in report["classes_without_packets"].items():
        yield f"{task}: classes without packets: {_listed(names)}"
    for task, rows in report["classes"].items():
        for part in ("train", "test"):
            lacking = [n for n, r in rows.items() if r["kept"] and not r[part]]
            if lacking:
                yield f"{task}: nothing in {part} of: {_listed(lacking)}"
    activities = [
        " / ".join(names) for names in report["classes_split_by_flow"]
    ]
    yield f"Split by flow, having one group only: {_listed(activities)}"
    unlabelled = report["captures_without_labels"]
    yield f"Captures without a label, left out: {_listed(unlabelled)}"
    # Reports of earlier versions have neither this nor filters.
    for name, left_out in report.get("flows_without_labels", {}).items():
        yield (
            f"{name}: flows without a label, left out: {left_out['flows']} "
            f"({left_out['packets']} packets)"
        )
    unmatched = report["labels_without_captures"]
    # The shipped map names every public capture, so that is a long list.
    if version != OWN_VERSION:
        yield f"Labels without a capture: {len(unmatched)}"
    else:
        yield f"Labels without a capture: {_listed(unmatched)}"
    for row in report.get("filters_without_flows", ()):
        yield f"{row['capture']}: no flow is matched by {row['flows']}"
    yield f"Files passed over: {len(report['files_passed_over']) or 'none'}"
    for path, reason in report["files_passed_over"].items():
        yield f"  {path}: {reason}"


def _listed(names):
    return ", ".join(names) or "none"
