"""An audit as text for a terminal, the worst leak first."""

from mtc_tf.audit.findings_text import findings_text
from mtc_tf.files.text_table import text_table

# Rows of the table of look-ups, and pairs of equal rows.
_TABLE_ROWS = 20
_NAMED = 3


def report_text(result):
    """Writes the report of an audit.

    Args:
        result: dict, what `mtc_tf.audit.audit.audit` returns.

    Returns:
        str of several paragraphs.
    """
    paragraphs = [_head(result), findings_text(result), _equal_rows(result)]
    paragraphs += [_table_of_tells(result), _baselines(result)]
    if "captures" in result:
        paragraphs.append(_captures(result))
    return "\n\n".join(paragraphs)


def _head(result):
    counts = [f"{count} {part}" for part, count in result["rows"].items()]
    return (
        f"{result['dataset']}: {', '.join(counts)} rows; divided by "
        f"{result['split']}, recipe {result['recipe']}"
    )


def _equal_rows(result):
    found = result["equal_rows"]
    within = ", ".join(f"{n} in {part}" for part, n in found["within"].items())
    lines = [
        f"Equal rows: repeats within a part: {within}; test rows that train "
        f"has: {found['test_rows']}"
    ]
    for task, counts in found["other_label"].items():
        if counts["rows"]:
            lines.append(
                f"with another {task}: {counts['rows']} rows of all parts, "
                f"{counts['test_rows']} test rows by a row of train"
            )
    for example in found["examples"][:_NAMED]:
        test, train = _row(example["test"]), _row(example["train"])
        lines.append(f"- test: {test}; train: {train}")
    return "\n".join(lines)


def _row(example):
    labels = ", ".join(example["labels"].values())
    if example.get("file") == "":
        return f"a synthetic record ({labels})"
    source = " ".join(
        f"{name} {value}" for name, value in example.items() if name != "labels"
    )
    return f"{source} ({labels})"


def _table_of_tells(result):
    tells = result["tells"]
    table = text_table(
        [
            {
                "": one["name"],
                "known test rows": f"{one['test_share']:.1%}",
                "information": " ".join(
                    f"{figures['information']:.2f}"
                    for figures in one["tasks"].values()
                    if "information" in figures
                ),
                **_scores(one["tasks"]),
            }
            for one in tells[:_TABLE_ROWS]
        ],
        left=("", "information"),
    )
    rest = len(tells) - _TABLE_ROWS
    more = f"\nand {rest} fields that tell less" if rest > 0 else ""
    return (
        "By itself: macro F1 / fw16 of the look-up, and the normalised mutual "
        f"information of each task\n{table}{more}"
    )


def _baselines(result):
    by_model = {}
    for task, models in result["baselines"].items():
        for name, figures in models.items():
            by_model.setdefault(name, {})[task] = figures
    if not by_model:
        return "Shallow models: no task has two classes in train to tell apart"
    table = text_table(
        [{"": name, **_scores(tasks)} for name, tasks in by_model.items()],
        left=("",),
    )
    return f"Shallow models: macro F1 / fw16 on the test part\n{table}"


def _scores(tasks):
    return {
        task: " / ".join(
            f"{figures[name]:.3f}"
            for name in ("macro_f1", "fw16")
            if name in figures
        )
        for task, figures in tasks.items()
    }


def _captures(result):
    lines = ["Captures whose label those of other groups contradict"]
    for task, found in result["captures"].items():
        lines.append(
            f"{task}: {len(found['doubtful'])} of {found['judged']} judged"
        )
        lines += [_capture(one) for one in found["doubtful"]]
    return "\n".join(lines)


def _capture(one):
    own, usual = one["probability"], one["usual"]
    return (
        f"- {one['capture']}: labelled {one['label']}, with {own['label']:.2f} "
        f"where others of it have {usual['label']:.2f}; looks like "
        f"{one['looks_like']}, with {own['looks_like']:.2f} where they have "
        f"{usual['looks_like']:.2f} (flows: {one['flows']})"
    )
