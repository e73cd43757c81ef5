"""What a model scores that has learned nothing."""


def chance(classes):
    """Gives the macro F1 of one who guesses by the frequencies of the classes.

    Of a class with the share p, guessed with the share q, the precision is p
    and the recall q, so that its F1 is 2pq / (p + q): with q = p it is p, and
    the mean over the classes is one over their number. No other shares give
    more. It holds however rows are weighted, so for fw16 too. The figures of
    few flows lie on both sides of it.

    Args:
        classes: list of str. Those that have rows.

    Returns:
        float.
    """
    return 1 / len(classes)


def chance_sentence(figures):
    """Says of a task that its model was trained on shuffled labels.

    Args:
        figures: dict, of a task in `metrics.json`.

    Returns:
        str without a full stop; None if the labels were the true ones.
    """
    if "chance" not in figures:
        return None
    return (
        "trained on shuffled labels, as are the shallow models beside it; "
        "chance, guessing by the frequencies of "
        f"{len(figures['classes_evaluated'])} classes: macro F1 and fw16 "
        f"{figures['chance']:.3f}"
    )
