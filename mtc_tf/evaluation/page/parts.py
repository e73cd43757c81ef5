"""What a section of a page is made of."""

import dataclasses

from mtc_tf.evaluation.comparison_text import figure_text


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A figure, and what else it could have been.

    Args:
        value: float.
        interval: list of two floats, or None.
    """

    value: float
    interval: list | None = None

    def __str__(self):
        return figure_text(self.value, self.interval)


@dataclasses.dataclass(frozen=True)
class Table:
    """A table.

    Args:
        name: str. Of its CSV file, without the suffix.
        caption: str.
        rows: list of dicts with the same keys, from the name of a column to
            str, int, `Estimate` or, where there is nothing, None.
    """

    name: str
    caption: str
    rows: list


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture and what it shows.

    Args:
        caption: str.
        svg: str.
    """

    caption: str
    svg: str


@dataclasses.dataclass(frozen=True)
class Section:
    """A part of a page under one heading.

    Args:
        title: str.
        sentences: list of str, a paragraph each.
        parts: list of `Table` and `Picture`.
        listings: dict from the caption of a listing to its lines, one str.
    """

    title: str
    sentences: list = dataclasses.field(default_factory=list)
    parts: list = dataclasses.field(default_factory=list)
    listings: dict = dataclasses.field(default_factory=dict)


def task_title(task):
    """Gives `traffic_type` as "Traffic type"."""
    return task.replace("_", " ").capitalize()
