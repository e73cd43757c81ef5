"""The section about how many packets of a flow it takes."""

from mtc_tf.evaluation.flow_figures import VOTES
from mtc_tf.evaluation.page import pictures
from mtc_tf.evaluation.page.parts import Estimate
from mtc_tf.evaluation.page.parts import Picture
from mtc_tf.evaluation.page.parts import Section
from mtc_tf.evaluation.page.parts import Table
from mtc_tf.evaluation.page.parts import task_title

_SENTENCE = (
    "One answer for a flow: the class with the highest mean probability over "
    "its first k packets by time (of a model of windows, windows). Shorter "
    "flows vote with all that they have. Macro F1 counts flows, not packets."
)


def flow_votes(figures):
    """Shows the macro F1 of flows over the number of packets that vote.

    Args:
        figures: dict from task to dict from the label of a model to its
            figures, as of `Figures.as_json`.

    Returns:
        `Section`; None if no model has votes, as those of records and of
        earlier versions.
    """
    titles = {name: str(k or "all") for name, k in VOTES.items()}
    parts = []
    for task, models in figures.items():
        voting = {
            label: {name: values[name] for name in VOTES}
            for label, values in models.items()
            if values.keys() >= VOTES.keys()
        }
        if not voting:
            continue
        series = {
            label: (
                list(titles.values()),
                [values[name]["value"] for name in VOTES],
            )
            for label, values in voting.items()
        }
        rows = [
            {
                "model": label,
                **{
                    f"k = {title}": Estimate(
                        values[name]["value"], values[name]["interval"]
                    )
                    for name, title in titles.items()
                },
            }
            for label, values in voting.items()
        ]
        name = f"{task}_votes"
        caption = task_title(task)
        svg = pictures.lines(series, "k", "macro F1 of flows", name)
        parts += [Picture(caption, svg), Table(name, caption, rows)]
    if not parts:
        return None
    return Section("How many packets of a flow it takes", [_SENTENCE], parts)
