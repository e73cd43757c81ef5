"""A prepared dataset, as a training asks for it."""

from mtc_tf.data import input_pipeline


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
