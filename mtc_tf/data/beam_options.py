"""The argument `--beam_pipeline_options`."""

import importlib.util

from mtc_tf.extras import missing


def read_beam_options(text):
    """Reads options as `tfds build` does.

    Args:
        text: str or None. Such as `runner=FlinkRunner,flink_master=HOST:8081`.

    Returns:
        `PipelineOptions`; None if there are none.

    Raises:
        InputError: if Beam is not installed.
    """
    if not text:
        return None
    if not importlib.util.find_spec("apache_beam"):
        raise missing("--beam_pipeline_options", "Apache Beam", "beam")
    # It takes seconds to import.
    from apache_beam.options.pipeline_options import PipelineOptions

    return PipelineOptions([f"--{option}" for option in text.split(",")])
