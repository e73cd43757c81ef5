"""What a variant of a model loses on rows whose classes are known."""

from mtc_tf.extras import missing

# The most points that a variant may lose in any task, unless told otherwise.
MAX_F1_LOSS = 1.0


def macro_f1(validation, answers, tasks):
    """Computes the macro F1 of each task that has labels.

    Args:
        validation: `mtc_tf.export.validation_rows.ValidationRows`.
        answers: dict from task name to array of probabilities
            `(rows, classes)`.
        tasks: dict from task name to list of class names.

    Returns:
        dict from task name to float, from 0 to 1.

    Raises:
        InputError: if scikit-learn is not installed.
    """
    try:
        from mtc_tf.evaluation.metrics import classification_metrics
    except ModuleNotFoundError as error:
        raise missing("macro F1", error.name, "train") from error

    figures = {
        task: classification_metrics(
            validation.labels[task], answers[task], names
        )
        for task, names in tasks.items()
    }
    return {
        task: values["macro"]["f1"]
        for task, values in figures.items()
        if values["rows"]
    }


def points_lost(exact, own):
    """Compares a variant with the model.

    Args:
        exact: dict, as of `macro_f1`, of the model.
        own: dict of the same tasks, of the variant.

    Returns:
        dict from task name to float: by how many points of macro F1 the
        variant is worse; below 0 where it is better.
    """
    return {task: 100 * (exact[task] - own[task]) for task in exact}
