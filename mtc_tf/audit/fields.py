"""The fields of rows whose values may tell the label by themselves."""

import numpy as np

from mtc_tf.evaluation.baselines import inputs
from mtc_tf.features.packet_series import SERIES_BYTES
from mtc_tf.features.packet_series import SIZE
from mtc_tf.tasks import FEATURES
from mtc_tf.tasks import SERIES

# Values of a feature that are told apart; of more, ranges are.
MOST_VALUES = 256


def fields_of(rows, train):
    """Gives the values of each field.

    Of packets these are header fields; of windows, those of their first
    packet; of records, features. A feature with more than `MOST_VALUES` values
    is cut into as many ranges, which hold about as many training rows each: a
    look-up of real numbers would know none again.

    Args:
        rows: `AuditedRows`.
        train: int array. Where the rows to learn from are.

    Returns:
        dict from the name of the field to array `(rows,)`.
    """
    if rows.kind is FEATURES:
        columns = rows.rows[FEATURES.name].T
        return {
            name: _in_ranges(values, values[train])
            for name, values in zip(rows.feature_names, columns, strict=True)
        }
    if rows.kind is SERIES:
        first = rows.rows[SERIES.name][:, 0]
        packets = {
            "packet": first[:, :SERIES_BYTES].astype(np.uint8),
            "length": first[:, SIZE],
        }
        columns = inputs.header_columns(packets)
    else:
        columns = inputs.header_columns(rows.rows)
    return {name.replace("_", " "): x for name, x in columns.items()}


def _in_ranges(values, train):
    if len(np.unique(train)) <= MOST_VALUES:
        return values
    bounds = np.quantile(train, np.linspace(0, 1, MOST_VALUES + 1)[1:-1])
    return np.searchsorted(np.unique(bounds), values, side="right")
