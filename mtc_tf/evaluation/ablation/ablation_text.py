"""What `ablate` found, as text for a terminal."""

from mtc_tf.evaluation.comparison import MODEL
from mtc_tf.evaluation.comparison_text import what_is_drawn
from mtc_tf.files.text_table import text_table
from mtc_tf.printable import printable_content


def ablation_text(result):
    """Writes what `ablate` found as tables.

    Args:
        result: dict, of `mtc_tf.evaluation.ablation.ablate.ablate`.

    Returns:
        str of many lines, in which names are as of `printable`.
    """
    result = printable_content(result)
    return "\n\n".join(
        f"{task}\n{'=' * len(task)}\n{what_is_drawn(figures)}\n"
        f"{_table(figures['models'])}"
        for task, figures in result["tasks"].items()
    )


def _table(models):
    rows = []
    for steps in zip(*models.values(), strict=True):
        row = {
            "": steps[0]["input"],
            " ": steps[0]["how"],
            "changed": _share(steps[0]["changed"]),
        }
        for name, step in zip(models, steps, strict=True):
            # Of what stands beside the model, with its name.
            who = "" if name == MODEL else f"{name}: "
            row |= {
                f"{who}macro F1": f"{step['macro_f1']['value']:.3f}",
                f"{who}fw16": f"{step['fw16']['value']:.3f}",
                f"{who}less whole": _difference(step),
            }
        rows.append(row)
    return text_table(rows, left=("", " "))


def _share(share):
    if 0 < share < 0.005:
        return "<1 %"
    return f"{share:.0%}".replace("%", " %")


def _difference(step):
    figure = step["fw16"]
    if not step["changed"]:
        return "-"
    text = f"{figure['difference']:+.3f}"
    if figure["interval"] is None:
        return text
    low, high = figure["interval"]
    return f"{text} [{low:+.3f}, {high:+.3f}]"
