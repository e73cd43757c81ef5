"""What decides a model's answers, as text for a terminal."""

from mtc_tf.files.text_table import text_table
from mtc_tf.printable import printable_content

# A field that carries as much is named as one that decides.
NAMED_SHARE = 0.05
# Fields that carry less are left out, the constant ones for a start.
_LEAST_SHARE = 0.001
_MOST_BYTES = 10
_MOST_FIELDS = 3


def format_explanation(result):
    """Writes an explanation as tables.

    Args:
        result: dict. What `mtc_tf.explanation.explain.explain` returns.

    Returns:
        str of many lines, in which names are as of `printable`.
    """
    result = printable_content(result)
    sections = [_header(result)]
    for task, figures in result["tasks"].items():
        sections += [
            f"{task}\n{'=' * len(task)}\n{_summary(figures)}",
            _field_table(figures),
            _verdict(figures),
            _byte_table(figures),
            _class_table(figures),
        ]
        for title, key in (
            ("cut from the fusion", "without_fusion"),
            ("replaced by its mean", "without_branch"),
        ):
            if figures[key]:
                sections.append(_cost_table(title, figures[key]))
    if result["attention"]:
        sections.append(_attention_table(result["attention"]))
    return "\n\n".join(sections)


def _header(result):
    packets = result["packets"]
    facts = {
        "dataset": "{name}/{config} {version}".format(**result["dataset"]),
        "part": f"{result['part']}, sha256 {result['digests'][result['part']]}",
        "model": f"{result['model']}; {result['parameters']:,} parameters, "
        f"seed {result['training_seed']}",
        "packets": f"{packets['attributed']} attributed, "
        f"{packets['checked']} checked, at most 16 of a flow",
        "baseline": f"the mean of {packets['average']} training packets",
        "intervals": f"95 %, by drawing {result['interval_over']}s anew",
    }
    return "\n".join(f"{name:10} {value}" for name, value in facts.items())


def _summary(figures):
    score = "no packet has a label"
    if figures["fw16"]:
        score = f"fw16 {_value(figures['fw16']['value'], figures['fw16'])}"
    return (
        f"{score}\n"
        f"the packets make their answers more probable by "
        f"{figures['difference']:.3f}; the attributions add up to that but for "
        f"{figures['completeness_error']:.2%} ({figures['steps']} steps)"
    )


def _field_table(figures):
    costs = figures["randomised"]
    rows = [
        {
            "field": name,
            "share": f"{entry['share']:.1%}",
            "adds": f"{entry['mean']:+.4f}",
            "fw16 lost when randomised": _cost(costs[name])
            if name in costs
            else "-",
        }
        for name, entry in _by_share(figures["fields"])
    ]
    return text_table(rows, left=("field",))


def _by_share(fields):
    """Names and entries of fields worth a line, the largest first."""
    found = [
        (name, entry)
        for name, entry in fields.items()
        if entry["share"] >= _LEAST_SHARE
    ]
    return sorted(found, key=lambda item: -item[1]["share"])


def _verdict(figures):
    """Do the fields that are named cost anything?"""
    costs = figures["randomised"]
    named = [
        name
        for name, entry in _by_share(figures["fields"])
        if entry["share"] >= NAMED_SHARE and name in costs
    ]
    idle = [name for name in named if not _is_certain(costs[name])]
    lines = [
        f"named, with {NAMED_SHARE:.0%} or more: {', '.join(named) or 'none'}"
    ]
    if idle:
        lines.append(
            f"of these do NOT certainly cost fw16 when they are randomised: "
            f"{', '.join(idle)}"
        )
    elif named:
        lines.append("each of these costs fw16 when it is randomised")
    correlations = figures["rank_correlations"]
    if None not in correlations.values():
        lines.append(
            f"rank correlation with that loss, over {len(costs)} fields: "
            f"{correlations['share']:.2f} of the share, "
            f"{correlations['mean']:.2f} of what is added"
        )
    return "\n".join(lines)


def _is_certain(cost):
    """Whether it is a loss, in 95 % of the resamples at least."""
    if cost["interval"] is None:
        return cost["difference"] > 0
    return cost["interval"][0] > 0


def _byte_table(figures):
    entries = sorted(
        enumerate(figures["bytes"]), key=lambda item: -item[1]["share"]
    )
    rows = [
        {
            "byte": str(position),
            f"in {figures['headers']}": entry["field"],
            "share": f"{entry['share']:.1%}",
            "adds": f"{entry['mean']:+.4f}",
        }
        for position, entry in entries[:_MOST_BYTES]
    ]
    return text_table(rows, left=(f"in {figures['headers']}",))


def _class_table(figures):
    rows = [
        {
            "answer": name,
            "packets": str(entry["packets"]),
            "fields": ", ".join(
                f"{field} {values['share']:.0%}"
                for field, values in _by_share(entry["fields"])[:_MOST_FIELDS]
            ),
        }
        for name, entry in figures["classes"].items()
    ]
    return text_table(rows, left=("answer", "fields"))


def _cost_table(title, costs):
    rows = [
        {title: name, "fw16 lost": _cost(cost)} for name, cost in costs.items()
    ]
    return text_table(rows, left=(title,))


def _attention_table(attention):
    rows = [
        {
            "attention to": token,
            **{
                block: f"{shares[number]:.1%}"
                for block, shares in attention["blocks"].items()
            },
        }
        for number, token in enumerate(attention["tokens"])
    ]
    return text_table(rows, left=("attention to",))


def _cost(cost):
    return _value(cost["difference"], cost, "+")


def _value(value, figure, sign=""):
    text = f"{value:{sign}.3f}"
    if figure["interval"] is None:
        return text
    low, high = figure["interval"]
    return f"{text} [{low:{sign}.3f}, {high:{sign}.3f}]"
