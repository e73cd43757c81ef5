"""What a model says of captures of others, as text for a terminal."""

from mtc_tf.evaluation.comparison_text import figure_text
from mtc_tf.files.text_table import text_table
from mtc_tf.printable import printable_content

# Answers of a capture that are listed.
_ANSWERS = 3


def captures_text(result):
    """Writes what `evaluate_captures` gives as text for a terminal.

    Args:
        result: dict.

    Returns:
        str of many lines, in which names are as of `printable`.
    """
    result = printable_content(result)
    parts = [
        f"{task}\n{'=' * len(task)}\n{_sentences(figures)}\n\n"
        f"{_table(result['captures'], task)}"
        for task, figures in result["tasks"].items()
    ]
    without = result["flows_without_labels"]
    if without:
        listed = ", ".join(f"{name} {n}" for name, n in without.items())
        parts.append(f"flows without a label, left out: {listed}")
    return "\n\n".join(parts)


def selected_flows(row):
    """Names a capture, and the filter where only some of its flows are meant.

    Args:
        row: dict, one of the `captures` of `evaluate_captures`.

    Returns:
        str.
    """
    if "filter" in row:
        return f"{row['capture']}, {row['filter']}"
    return row["capture"]


def _sentences(figures):
    lines = []
    if figures["flows"]:
        accuracy, macro_f1 = (
            figure_text(**figures[name]) for name in ("accuracy", "macro_f1")
        )
        lines.append(
            f"{figures['flows']} flows in {figures['groups']} groups whose "
            f"class the model has: accuracy {accuracy}, macro F1 {macro_f1}, "
            "mean probability of the answers "
            f"{figures['probability_known']:.2f}"
            f"{_rejected_text(figures, 'rejected_known')}"
        )
    else:
        lines.append("no flow whose class the model has")
    unknown = figures["unknown_classes"]
    if unknown:
        listed = ", ".join(f"{name} {n}" for name, n in unknown.items())
        lines.append(
            f"{sum(unknown.values())} flows of classes that it does not have "
            f"({listed}): mean probability of the answers "
            f"{figures['probability_unknown']:.2f}"
            f"{_rejected_text(figures, 'rejected_unknown')}"
        )
    return "\n".join(lines)


def _rejected_text(figures, name):
    if name not in figures:
        return ""
    parts = [
        f"{count} where {float(rate):.0%} of known traffic may be"
        for rate, count in figures[name].items()
    ]
    return f"; rejected as unknown {', '.join(parts)}"


def _table(rows, task):
    lines = []
    for row in rows:
        own = row["tasks"][task]
        first = list(own["answers"].items())[:_ANSWERS]
        mark = "" if own["knows"] or not own["label"] else " (not a class)"
        probability = own["probability"]
        lines.append(
            {
                "capture": selected_flows(row),
                "flows": str(row["flows"]),
                "label": f"{own['label'] or '-'}{mark}",
                "probability": "-"
                if probability is None
                else f"{probability:.2f}",
                **_rejected_columns(row),
                "answers": ", ".join(f"{name} {n}" for name, n in first),
            }
        )
    return text_table(lines, left=("capture", "label", "answers"))


def _rejected_columns(row):
    """How many flows of a capture are rejected, by rate."""
    return {
        f"rejected at {float(rate):.0%}": str(count)
        for rate, count in row.get("rejected", {}).items()
    }
