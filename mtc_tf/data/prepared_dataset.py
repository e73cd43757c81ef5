"""A prepared dataset, as a training asks for it."""

from mtc_tf.data import input_pipeline
from mtc_tf.data import training_batches


class PreparedDataset:
    """The rows that TFDS wrote, read with TensorFlow.

    `mtc_tf.data.array_file.ArrayFile` answers the same questions without.

    Attributes:
        name: str. What messages call it.
        dataset: dict. What `run.json` says of where the rows lie.
        metadata: dict as of `mtc_tf.data.dataset_metadata.Metadata`.
        kind: `mtc_tf.tasks.ModelInput`.
        length: int. Values of a row.

    Args:
        builder: a builder from `input_pipeline.load_builder`.
    """

    def __init__(self, builder):
        self.builder = builder
        self.name = builder.info.full_name
        self.dataset = {
            "name": builder.name,
            "config": builder.builder_config.name,
            "version": str(builder.version),
            "data_dir": str(builder.data_path.parents[2]),
        }
        self.metadata = dict(builder.info.metadata)
        self.kind = input_pipeline.model_input(builder)
        self.length = input_pipeline.input_length(builder)

    def rows_of(self, part, fraction=1.0):
        """Returns how many rows a share of a part has, at least one."""
        return input_pipeline.rows_of(self.builder, part, fraction)

    def first_rows(self, part, count):
        """Returns the first rows of the input on disk, as a NumPy array."""
        return input_pipeline.first_rows(self.builder, part, count)

    def has(self, name):
        """Returns whether a row has such a feature, as `flow` or a task."""
        return name in self.builder.info.features

    def columns(self, part, names, fraction=1.0):
        """Reads features of a part, as of `input_pipeline.read_columns`."""
        return input_pipeline.read_columns(self.builder, part, names, fraction)

    def drawn_rows(self, count, seed, fraction=1.0, row_weights=None):
        """Draws training rows, as of `training_batches.drawn_rows`."""
        return training_batches.drawn_rows(
            self.builder, count, seed, fraction, row_weights
        )
