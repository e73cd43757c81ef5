"""The dataset that a run was trained on, opened without TensorFlow."""

from mtc_tf.data.prepared_builder import load_builder
from mtc_tf.errors import InputError


def open_dataset(run, facts, data_dir=None):
    """Opens the dataset that a run was trained on.

    Args:
        run: `mtc_tf.runs.run_directory.Run`.
        facts: dict. The run's `provenance`.
        data_dir: str. Where the prepared dataset lies now; by default where
            it lay when the run was trained.

    Returns:
        a builder that only reads, the rows as the run was trained on them:
        masked, and with the labels of the training part shuffled if they were.

    Raises:
        InputError: if no dataset lies there, or another one.
    """
    name = "{name}/{config}:{version}".format(**facts["dataset"])
    data_dir = data_dir or run.info["dataset"]["data_dir"]
    builder = load_builder(
        name,
        data_dir,
        masks=run.facts.masks,
        label_shuffle_seed=facts.get("label_shuffle_seed"),
    )
    # Rows of another split may have been trained on, and then their score
    # says nothing.
    for fact in ("digests", "label_map"):
        if builder.info.metadata[fact] != facts[fact]:
            raise InputError(
                f"{name} in data_dir {str(data_dir)!r} is not what the run was "
                f"trained on: {fact} expected {facts[fact]}, received "
                f"{builder.info.metadata[fact]}"
            )
    return builder
