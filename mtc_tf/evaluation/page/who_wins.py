"""The section about two runs on the same flows."""

from mtc_tf.evaluation import mcnemar
from mtc_tf.evaluation.page.parts import Section
from mtc_tf.evaluation.page.parts import Table


def who_wins(runs):
    """Says which of two runs gets right what the other does not.

    Args:
        runs: list of `EvaluatedRun`.

    Returns:
        `Section`; None of one run or of more than two.

    Raises:
        InputError: if the answers of a run are damaged.
    """
    if len(runs) != 2:
        return None
    first, second = runs
    found, reason = mcnemar.compare_answers(first.workdir, second.workdir)
    title = "Who is right where the other is wrong"
    if reason:
        return Section(title, [f"{reason[0].upper()}{reason[1:]}."])
    rows = [
        {
            "task": row["task"],
            "counted": row["counted"],
            "both": row["both"],
            f"only {first.label}": row["first"],
            f"only {second.label}": row["second"],
            "neither": row["neither"],
            "p": f"{row['p']:.3g}",
        }
        for row in found
    ]
    caption = "How many are answered rightly; exact test of McNemar."
    return Section(
        title,
        [
            f"{mcnemar.sentence(row, first.label, second.label)}."
            for row in found
        ],
        [Table("who_wins", caption, rows)],
    )
