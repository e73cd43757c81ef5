"""How the rows that a run was trained on differ from those of its dataset."""


def shown_changes(result):
    """Says what a training changed in its rows.

    Args:
        result: dict, what of `metrics.json` says `masks` and
            `label_shuffle_seed`, where there were any.

    Returns:
        dict of str: the `masks`, and that the `labels` were shuffled; empty
        where nothing was changed.
    """
    changes = {}
    if "masks" in result:
        changes["masks"] = ", ".join(result["masks"])
    if "label_shuffle_seed" in result:
        seed = result["label_shuffle_seed"]
        changes["labels"] = f"shuffled in training, seed {seed}"
    return changes
