"""What an audit found, in sentences."""

from mtc_tf.audit.tells import EQUAL_ROW
from mtc_tf.audit.tells import FIELD
from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import TEST
from mtc_tf.evaluation.baselines.shallow_models import MAJORITY

# Fields that are told in a sentence each, and flows or groups that are named.
_SENTENCES = 3
_NAMED = 3
# A look-up that is this little better than one answer to all tells nothing.
_LEAST_GAIN = 0.05
_REMEDIES = {
    EQUAL_ROW: "A dataset that keeps one of equal rows lacks this.",
    "flow": "The splits by flow and by capture take this away.",
    "group": "The split by capture takes this away. No packet names its "
    "group: this is the most that recognising it is worth.",
}
_HEADING = "What gives the label away, worst first: macro F1 on the test part "


def findings(result):
    """Tells the leaks of the split and the worst fields, the worst first.

    Args:
        result: dict, what `mtc_tf.audit.audit.audit` finds.

    Returns:
        list of dicts that `json` can write: `text`, what it tells; of what a
        split should keep apart also `details`, the test rows that it is about,
        `examples`, a list of lines, and `remedy`. They are empty of a field.
    """
    told = [one for one in result["tells"] if _tells_something(one, result)]
    fields = _different_fields(told)[:_SENTENCES]
    return [
        {
            "text": _sentence(one),
            "details": _details(one["kind"], result),
            "examples": _examples(one["kind"], result),
            "remedy": _REMEDIES.get(one["kind"], ""),
        }
        for one in told
        if one["kind"] != FIELD or one["name"] in fields
    ]


def findings_text(result):
    """Writes the findings of an audit for a terminal.

    Args:
        result: dict, what `mtc_tf.audit.audit.audit` returns.

    Returns:
        str of several lines.
    """
    lines = [_HEADING + "of a look-up of that alone, learned on train"]
    for number, finding in enumerate(result["findings"], start=1):
        lines.append(f"{number}. {finding['text']}")
        details = [finding["details"], *finding["examples"], finding["remedy"]]
        lines += [f"   {line}" for line in details if line]
    if not result["findings"]:
        lines.append("nothing does")
    constant = {
        task: models[MAJORITY]["macro_f1"]
        for task, models in result["baselines"].items()
    }
    if constant:
        lines.append(f"To compare, {MAJORITY}: {_by_task(constant)}")
    return "\n".join(lines)


def _different_fields(told):
    """Names of fields, without those that tell what one before tells."""
    names, known = [], []
    for one in told:
        if one["kind"] == FIELD and one["tasks"] not in known:
            names.append(one["name"])
            known.append(one["tasks"])
    return names


def _tells_something(one, result):
    """Whether a look-up beats the one answer to all, or a split leaks."""
    if one["kind"] != FIELD:
        return one["test_share"] > 0
    return any(
        figures["macro_f1"]
        > result["baselines"][task][MAJORITY]["macro_f1"] + _LEAST_GAIN
        for task, figures in one["tasks"].items()
        # One class to learn: every look-up is the one answer to all.
        if task in result["baselines"]
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
    """How many test rows it is about; nothing of a field."""
    tests = result["rows"][PARTS[TEST]]
    if kind == FIELD:
        return ""
    if kind == EQUAL_ROW:
        found = result["equal_rows"]
        return (
            f"{found['test_rows']} of {tests} test rows "
            f"({found['test_share']:.1%}) have an equal row in train"
        )
    found = result["shared"][kind]
    return (
        f"{found['shared']} of {found['units']} {kind}s stand in several "
        f"parts; of {found['test_rows']} of {tests} test rows "
        f"({found['test_share']:.1%}) the {kind} is in train"
    )


def _examples(kind, result):
    lines = []
    if kind not in (FIELD, EQUAL_ROW):
        for example in result["shared"][kind]["examples"][:_NAMED]:
            counts = [f"{n} {part}" for part, n in example["rows"].items()]
            where = f"{kind} {example['name']}"
            if kind == "flow":
                where += f" of {example['capture']}"
            lines.append(f"- {where}: {', '.join(counts)}")
    return lines
