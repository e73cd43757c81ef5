"""Pictures for a page, as SVG that takes the page's colours.

Text and axes are drawn in the colour of the text around them, light or dark.
"""

import contextlib
import io
import re

from mtc_tf.printable import printable

# Stands for the colour of the page's text until the SVG is written.
_TEXT = "#123456"
# Told apart by those who do not see red or green; readable on black and white.
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_WIDTH = 7.0  # inches
_STYLE = {
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    **dict.fromkeys(
        (
            "text.color",
            "axes.edgecolor",
            "axes.labelcolor",
            "axes.titlecolor",
            "xtick.color",
            "ytick.color",
        ),
        _TEXT,
    ),
}


def class_bars(results, task):
    """Draws F1 and recall of each class, a bar for each run.

    Args:
        results: dict from the label of a run to the `classes` of the task.
        task: str.

    Returns:
        str, SVG. A bar is the F1, a stroke the recall.

    Paper: Section 4.4.1, Figure 7.
    """
    classes = list(
        dict.fromkeys(
            name
            for rows in results.values()
            for name, row in rows.items()
            if row["count"]
        )
    )
    height = 0.8 / len(results)
    with _picture(0.6 + len(classes) * (0.14 + 0.16 * len(results))) as drawn:
        panel = drawn.figure.subplots()
        for number, (label, rows) in enumerate(results.items()):
            f1, recall = (
                [rows.get(name, {}).get(key) or 0.0 for name in classes]
                for key in ("f1", "recall")
            )
            places = [place + number * height for place in range(len(classes))]
            panel.barh(
                places,
                f1,
                height * 0.9,
                color=_color(number),
                label=_text(label),
            )
            panel.plot(
                recall, places, "|", color=_TEXT, markersize=7, linewidth=0
            )
        middle = height * (len(results) - 1) / 2
        panel.set_yticks(
            [place + middle for place in range(len(classes))],
            list(map(_text, classes)),
        )
        panel.invert_yaxis()
        panel.set_xlim(0, 1)
        panel.set_xlabel("F1 (bar) and recall (stroke)")
        panel.grid(axis="x", alpha=0.3)
        if len(results) > 1:
            drawn.figure.legend(loc="outside upper center", frameon=False)
    return drawn.svg(f"classes_{task}")


def confusion_matrix(matrix, classes, name):
    """Draws a confusion matrix; a full cell is the whole of its true class.

    Args:
        matrix: list of lists of int. Rows are the true classes.
        classes: list of str.
        name: str. Of the picture, unlike those of the others of a page.

    Returns:
        str, SVG.
    """
    size = max(2.6, 0.24 * len(classes) + 1.6)
    with _picture(size, width=size + 0.6) as drawn:
        panel = drawn.figure.subplots()
        panel.set_aspect("equal")
        for row, counts in enumerate(matrix):
            total = sum(counts)
            for column, count in enumerate(counts):
                if count:
                    panel.add_patch(_cell(column, row, count / total))
        panel.set_xlim(-0.5, len(classes) - 0.5)
        panel.set_ylim(len(classes) - 0.5, -0.5)
        names = list(map(_text, classes))
        panel.set_xticks(range(len(classes)), names, rotation=90)
        panel.set_yticks(range(len(classes)), names)
        panel.set_xlabel("answer")
        panel.set_ylabel("true class")
        panel.tick_params(length=0)
    return drawn.svg(name)


def _cell(column, row, share):
    from matplotlib.patches import Rectangle

    # Of few packets, but not none: visible.
    opacity = 0.1 + 0.9 * share
    return Rectangle(
        (column - 0.5, row - 0.5), 1, 1, color=COLORS[0], alpha=opacity, lw=0
    )


def lines(series, xlabel, ylabel, name, diagonal=False):
    """Draws lines over a common axis.

    Args:
        series: dict from the label of a line to a tuple of its x and y values.
        xlabel: str.
        ylabel: str.
        name: str. Of the picture, unlike those of the others of a page.
        diagonal: bool. Whether to draw the line where both are equal, from 0
            to 1.

    Returns:
        str, SVG.
    """
    with _picture(2.8) as drawn:
        panel = drawn.figure.subplots()
        for number, (label, (x, y)) in enumerate(series.items()):
            panel.plot(
                x,
                y,
                marker="o",
                markersize=3,
                linewidth=1.2,
                color=_color(number),
                linestyle="-" if number < len(COLORS) else "--",
                label=_text(label),
            )
        if diagonal:
            panel.plot([0, 1], [0, 1], ":", color=_TEXT, linewidth=1)
        panel.set_xlabel(xlabel)
        panel.set_ylabel(ylabel)
        panel.grid(alpha=0.3)
        drawn.figure.legend(loc="outside upper center", frameon=False, ncols=2)
    return drawn.svg(name)


class _Drawn:
    """A figure, and its text once it is drawn."""

    def __init__(self, figure):
        self.figure = figure
        self._text = ""

    def draw(self):
        text = io.StringIO()
        # Without a date, equal figures give equal pages.
        self.figure.savefig(
            text, format="svg", transparent=True, metadata={"Date": None}
        )
        self._text = text.getvalue()

    def svg(self, name):
        """The `svg` element, its ids unlike those of other names."""
        text = self._text[self._text.index("<svg") :]
        prefix = re.sub(r"\W+", "_", name)
        text = re.sub(r'(\bid="|href="#|url\(#)', rf"\1{prefix}_", text)
        # What RDF says of it is for files of their own.
        text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
        return text.replace(_TEXT, "currentColor")


@contextlib.contextmanager
def _picture(height, width=_WIDTH):
    """Gives a figure to draw on, in the style of a page."""
    import matplotlib

    # Not `pyplot`: it looks for a screen.
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE | {"svg.hashsalt": "mtc"}):
        drawn = _Drawn(Figure((width, height), layout="constrained"))
        yield drawn
        drawn.draw()


def _color(number):
    return COLORS[number % len(COLORS)]


def _text(name):
    """A name as matplotlib prints it: a pair of dollars would be a formula."""
    return printable(name).replace("$", r"\$")
