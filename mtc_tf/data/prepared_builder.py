"""Opens a prepared dataset: where its files lie and what is in them.

Without TensorFlow; `input_pipeline` reads the rows with it, `example_files`
without.
"""

import tensorflow_datasets as tfds

from mtc_tf.data.dataset_metadata import Metadata
from mtc_tf.data.masked_inputs import check_masks
from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.files.json_files import check_content
from mtc_tf.packets import MASKS
from mtc_tf.tasks import MODEL_INPUTS

# Bytes of a TFRecord file around each row.
_RECORD = 16


def load_builder(name, data_dir, *, masks=(), label_shuffle_seed=None):
    """Opens a dataset that `tfds build` prepared.

    What is changed in its rows stands in its metadata, and `input_pipeline`
    reads all rows so, whatever for.

    Args:
        name: str. Dataset and configuration, such as `iscx_vpn_nonvpn/flow`.
        data_dir: str. The folder given to `tfds build --data_dir`.
        masks: iterable of str. Fields of packets to set to zero, out of
            `mtc_tf.packets.MASKS`, on top of those it was built with.
        label_shuffle_seed: int. Seed of a permutation of the labels of the
            training part, as of `shuffled_labels`; None for none.

    Returns:
        A `tfds.core.DatasetBuilder` that only reads.

    Raises:
        InputError: if no such dataset lies there, or its description is
            damaged, or its files are not TFRecord files or not all there, or it
            has no fields to mask.
    """
    where = f"dataset {name!r} in data_dir {str(data_dir)!r}"
    try:
        builder = _find_builder(name, data_dir)
        # Where the builder's code is imported, TFDS also gives one without
        # data.
        is_prepared = builder is not None and bool(builder.info.splits)
        metadata = _read_metadata(builder) if is_prepared else None
    except Exception as error:  # damaged files end in errors of many kinds
        raise InputError(f"{where} is damaged: {first_line(error)}") from error
    if not is_prepared:
        raise InputError(
            f"no prepared {where}; datasets/{name.split('/')[0]}/README.md "
            "says how to make it"
        )
    check_content(dict(metadata), Metadata, f"the metadata of {where}")
    file_format = builder.info.file_format
    if file_format is not tfds.core.FileFormat.TFRECORD:
        raise InputError(
            f"{where} has files of the format {file_format.value}, which only "
            "`tfds` reads; expected tfrecord"
        )
    _check_files(builder, where)
    if masks:
        check_masks(builder.info.full_name, model_input(builder), masks)
        both = {*masks_of(builder), *masks}
        metadata["masks"] = [mask for mask in MASKS if mask in both]
    if label_shuffle_seed is not None:
        metadata["label_shuffle_seed"] = label_shuffle_seed
    return builder


def _find_builder(name, data_dir):
    try:
        return tfds.builder(name, data_dir=data_dir, try_gcs=False)
    # ValueError: of what is no name.
    except (tfds.core.DatasetNotFoundError, ValueError):
        return None


def _check_files(builder, where):
    """Refuses files that are missing or cut, which a sum of sizes tells."""
    for part, split in builder.info.splits.items():
        for path in split.filepaths:
            if not path.exists():
                raise InputError(f"{where} is damaged: {path} is missing")
        found = sum(path.stat().length for path in split.filepaths)
        expected = int(split.num_bytes)
        # TFDS's own writer counts the rows alone.
        if found not in (expected, expected + _RECORD * split.num_examples):
            raise InputError(
                f"{where} is damaged: expected {expected} bytes in the files "
                f"of the part {part!r}, found {found}"
            )


def _read_metadata(builder):
    """The metadata of a prepared dataset, its seed under the name of today."""
    metadata = builder.info.metadata or {}
    if "seed" in metadata:  # of datasets before version 0.2.0
        metadata.setdefault("split_seed", metadata.pop("seed"))
    return metadata


def model_input(builder):
    """Returns the `ModelInput` that a dataset is for.

    Args:
        builder: a builder from `load_builder`.

    Raises:
        InputError: if the dataset holds none.
    """
    for name, kind in MODEL_INPUTS.items():
        if name in builder.info.features:
            return kind
    raise InputError(
        f"{builder.info.full_name} holds none of {list(MODEL_INPUTS)}, what a "
        "model can look at"
    )


def masks_of(builder):
    """Returns the masks that the rows are read with, a tuple.

    Args:
        builder: a builder from `load_builder`.
    """
    return tuple(builder.info.metadata.get("masks", ()))


def label_seed_of(builder):
    """Returns the seed that shuffles the labels of the training part, or None.

    Args:
        builder: a builder from `load_builder`.
    """
    return builder.info.metadata.get("label_shuffle_seed")


def input_length(builder):
    """Returns how many values a row of the input has, or how many steps."""
    length, *_ = builder.info.features[model_input(builder).name].shape
    # How many features there are is a matter of the data.
    return length or len(builder.info.metadata["features"])


def rows_of(builder, part, fraction=1.0):
    """Returns how many rows a share of a part has, at least one."""
    rows = builder.info.splits[part].num_examples
    return max(1, round(rows * fraction))


def stores_packets_short(feature):
    """Returns whether a feature is stored as of `stored_packet`.

    Datasets before versions 2.0.1 (`iscx_vpn_nonvpn`) and 3.0.1
    (`traffic_lab`) hold packets with all of their zeros.

    Args:
        feature: feature of a builder's `info`.
    """
    if not isinstance(feature, tfds.features.Tensor):
        return False
    encoding = feature.to_json_content().encoding
    return encoding == tfds.features.Encoding.ZLIB.value


def check_features(builder, names):
    """Refuses names of features that a dataset does not have.

    Args:
        builder: a builder from `load_builder`.
        names: iterable of str.

    Raises:
        InputError: if the dataset has no such feature.
    """
    features = builder.info.features
    for name in names:
        if name not in features:
            raise InputError(
                f"{builder.info.full_name} has no feature {name!r}, but "
                f"{', '.join(features)}"
            )
