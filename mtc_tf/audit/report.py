"""An audit as text for a terminal, the worst leak first."""

from mtc_tf.audit.shallow_scores import MAJORITY
from mtc_tf.audit.tells import EQUAL_ROW
from mtc_tf.audit.tells import FIELD
from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import TEST
from mtc_tf.files.text_table import text_table

# Fields that are told in a sentence each, and rows of the table of fields.
_SENTENCES = 3
_TABLE_ROWS = 20
# A look-up that is this little better than one answer to all tells nothing.
_LEAST_GAIN = 0.05
_NAMED = 3
_REMEDIES = {
    EQUAL_ROW: "A dataset that keeps one of equal rows lacks this.",
    "flow": "The splits by flow and by capture take this away.",
    "group": "The split by capture takes this away. No packet names its "
    "group: this is the most that recognising it is worth.",
}
_HEADING = "What gives the label away, worst first: macro F1 on the test part "


def report_text(result):
    """Writes the report of an audit.

    Args:
        result: dict, what `mtc_tf.audit.audit.audit` returns.

    Returns:
        str of several paragraphs.
    """
    paragraphs = [_head(result), _findings(result), _equal_rows(result)]
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


def _findings(result):
    """The leaks of the split and the worst fields, numbered."""
    told = [one for one in result["tells"] if _tells_something(one, result)]
    fields = [one["name"] for one in told if one["kind"] == FIELD][:_SENTENCES]
    lines = [_HEADING + "of a look-up of that alone, learned on train"]
    number = 0
    for one in told:
        if one["kind"] == FIELD and one["name"] not in fields:
            continue
        number += 1
        lines.append(f"{number}. {_sentence(one)}")
        if one["kind"] != FIELD:
            lines += [f"   {line}" for line in _details(one["kind"], result)]
    if not number:
        lines.append("nothing does")
    constant = {
        task: models[MAJORITY]["macro_f1"]
        for task, models in result["baselines"].items()
    }
    lines.append(f"To compare, {MAJORITY}: {_by_task(constant)}")
    return "\n".join(lines)


def _tells_something(one, result):
    """Whether a look-up beats the one answer to all, or a split leaks."""
    if one["kind"] != FIELD:
        return one["test_share"] > 0
    return any(
        figures["macro_f1"]
        > result["baselines"][task][MAJORITY]["macro_f1"] + _LEAST_GAIN
        for task, figures in one["tasks"].items()
    )


def _sentence(one):
    figures = {task: x["macro_f1"] for task, x in one["tasks"].items()}
    first, *others = figures
    text = f"{one['name']}: {figures[first]:.2f} of macro F1 by itself"
    rest = {task: figures[task] for task in others}
    return f"{text} ({first})" + (f", {_by_task(rest)}" if rest else "")


def _by_task(figures):
    return ", ".join(f"{value:.2f} ({task})" for task, value in figures.items())


def _details(kind, result):
    tests = result["rows"][PARTS[TEST]]
    if kind == EQUAL_ROW:
        found = result["equal_rows"]
        yield (
            f"{found['test_rows']} of {tests} test rows "
            f"({found['test_share']:.1%}) have an equal row in train"
        )
    else:
        found = result["shared"][kind]
        yield (
            f"{found['shared']} of {found['units']} {kind}s stand in several "
            f"parts; of {found['test_rows']} of {tests} test rows "
            f"({found['test_share']:.1%}) the {kind} is in train"
        )
        for example in found["examples"][:_NAMED]:
            counts = [f"{n} {part}" for part, n in example["rows"].items()]
            where = f"{kind} {example['name']}"
            if kind == "flow":
                where += f" of {example['capture']}"
            yield f"- {where}: {', '.join(counts)}"
    yield _REMEDIES[kind]


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
    source = " ".join(
        f"{name} {value}" for name, value in example.items() if name != "labels"
    )
    return f"{source} ({', '.join(example['labels'].values())})"


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
        lines += [
            f"- {one['capture']}: labelled {one['label']}, looks like "
            f"{one['looks_like']} ({one['flows_in_doubt']} of {one['flows']} "
            f"flows, with {one['probability']:.2f})"
            for one in found["doubtful"]
        ]
    return "\n".join(lines)
