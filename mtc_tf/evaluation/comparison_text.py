"""A model beside shallow ones, as text for a terminal."""

from mtc_tf.evaluation.baselines.shallow_models import TREES_NAME
from mtc_tf.evaluation.comparison import AVERAGED
from mtc_tf.evaluation.comparison import MODEL
from mtc_tf.files.text_table import text_table

FIGURES = {
    "macro_f1": "macro F1",
    "fw16": "fw16",
    "vote_10": "vote of 10",
    "vote": "vote of all",
    "log_loss": "log loss",
}
# Of these the interval is printed; those of the others stand in the file.
_WITH_INTERVAL = ("fw16",)


def comparison_text(figures):
    """Writes the figures of a task by flow, and who is better.

    Args:
        figures: dict. One of the `tasks` of
            `mtc_tf.evaluation.evaluate.evaluate`.

    Returns:
        list of str, one paragraph each: none for what an earlier version
        evaluated.
    """
    if "figures" not in figures:
        return []
    rows = {MODEL: figures["figures"], **figures.get("baselines", {})}
    if "averaged" in figures:
        rows[AVERAGED] = figures["averaged"]
    if len(rows) == 1 and "flows" not in figures:
        return []  # what stands above already
    table = text_table(
        [{"": name, **_row(row)} for name, row in rows.items()], left=("",)
    )
    paragraphs = [table]
    if "best_baseline" in figures:
        paragraphs.append("\n".join(comparison_sentences(figures)))
    if "flows" in figures:
        paragraphs[0] = f"{what_is_drawn(figures)}\n{table}"
    return paragraphs


def what_is_drawn(figures):
    """Says what resamples draw, and how many there are.

    Args:
        figures: dict with `flows`, `groups` and `interval_over`.

    Returns:
        str.
    """
    over = figures["interval_over"]
    count = figures[f"{over}s"]
    inside = "" if over == "flow" else f" with {figures['flows']} flows"
    return f"95 % intervals by drawing the {count} {over}s{inside} anew"


def _row(figures):
    return {
        title: _text(figures[name], name in _WITH_INTERVAL)
        for name, title in FIGURES.items()
        if name in figures
    }


def _text(figure, with_interval):
    return figure_text(
        figure["value"], figure["interval"] if with_interval else None
    )


def figure_text(value, interval):
    """Writes a figure, and what else it could have been.

    Args:
        value: float.
        interval: list of two floats, or None.

    Returns:
        str.
    """
    text = f"{value:.3f}"
    return text if interval is None else f"{text} {_interval(interval)}"


def _interval(interval):
    low, high = interval
    return f"[{low:.3f}, {high:.3f}]"


def comparison_sentences(figures):
    """Says who is better, by how much, and whether it is certain.

    Args:
        figures: dict, as of `comparison_text`, with baselines.

    Returns:
        list of str.
    """
    drawn = ""
    if "flows" in figures:
        over = figures["interval_over"]
        drawn = f"these {figures[f'{over}s']} {over}s cannot tell"
    return [
        _sentence(FIGURES[key], ours, other, comparison, drawn)
        for ours, other, against in (
            (MODEL, figures["best_baseline"], "against_best_baseline"),
            (AVERAGED, TREES_NAME, "averaged_against_trees"),
        )
        for key, comparison in figures[against].items()
    ]


def _sentence(title, ours, other, comparison, drawn):
    difference, interval = comparison["difference"], comparison["interval"]
    if interval is not None and interval[0] <= 0 <= interval[1]:
        return (
            f"{title}: {ours} less {other} is {difference:+.3f} "
            f"{_interval(interval)}; the interval holds zero: {drawn}"
        )
    if difference == 0:
        return f"{title}: {ours} and {other} are level"
    is_better = (difference > 0) != (title == FIGURES["log_loss"])
    winner, loser = (ours, other) if is_better else (other, ours)
    text = f"{title}: {winner} is better than {loser} by {abs(difference):.3f}"
    if interval is None:
        return text
    return f"{text} {_interval(sorted(map(abs, interval)))}"
