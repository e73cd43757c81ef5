"""F1 and recall of each class, for several runs."""

from mtc_tf.errors import InputError
from mtc_tf.files.atomic import replacing
from mtc_tf.printable import printable

_FIGURES = {"f1": "F1", "recall": "recall"}
_PANEL_INCHES = (7.0, 3.2)
_MARKERS = "osD^v<>*"


def draw_classes(tasks, results, output):
    """Draws F1 and recall of each class: a panel for each task and figure.

    Classes without rows in the test part are left out.

    Args:
        tasks: list of str. Names of tasks that all results have.
        results: dict from the label of a line to what of `metrics.json` is
            drawn: `tasks`, of each the `classes_evaluated` and, where a row
            has a label, the `classes` with `f1` and `recall`.
        output: `pathlib.Path` of the picture; its suffix says the format.

    Raises:
        InputError: if the format is unknown.

    Paper: Section 4.4.1, Figure 7.
    """
    # Not `pyplot`: it looks for a screen.
    from matplotlib.figure import Figure

    width, height = _PANEL_INCHES
    figure = Figure(
        (width * len(_FIGURES), height * len(tasks)), layout="constrained"
    )
    panels = figure.subplots(len(tasks), len(_FIGURES), squeeze=False)
    for row, task in zip(panels, tasks, strict=True):
        for panel, (key, title) in zip(row, _FIGURES.items(), strict=True):
            _draw_panel(panel, task, key, results)
            panel.set_title(f"{_text(task)}: {title}")
    lines, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(lines, labels, loc="outside lower center", ncols=1)
    with replacing(output) as temporary:
        try:
            figure.savefig(temporary, dpi=120)
        except ValueError as error:  # an unknown suffix
            raise InputError(f"--output={output}: {error}") from error


def _draw_panel(panel, task, key, results):
    classes = dict.fromkeys(
        name
        for result in results.values()
        for name in result["tasks"][task]["classes_evaluated"]
    )
    for marker, (label, result) in zip(
        _MARKERS * len(results), results.items(), strict=False
    ):
        rows = result["tasks"][task].get("classes", {})
        values = [rows.get(name, {}).get(key) for name in classes]
        panel.plot(
            list(map(_text, classes)),
            [float("nan") if value is None else value for value in values],
            marker=marker,
            linewidth=1,
            label=_text(label),
        )
    panel.set_ylim(-0.03, 1.03)
    panel.grid(axis="y", alpha=0.3)
    panel.tick_params(axis="x", labelrotation=35)
    for text in panel.get_xticklabels():
        text.set_horizontalalignment("right")


def _text(name):
    """A name as matplotlib prints it: a pair of dollars would be a formula."""
    return printable(name).replace("$", r"\$")
