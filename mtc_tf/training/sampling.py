"""What a protocol asks of a dataset beyond its rows, on every backend."""

import numpy as np

from mtc_tf.data.flow_share import flow_share
from mtc_tf.data.row_weights import row_weights
from mtc_tf.errors import InputError
from mtc_tf.tasks import APPLICATION
from mtc_tf.tasks import MISSING_LABEL
from mtc_tf.tasks import PACKET

# What tells activities apart.
ACTIVITY = (APPLICATION, "traffic_type")


def check_dataset(source, protocol):
    """Refuses a protocol that a dataset has nothing for.

    Args:
        source: as of `mtc_tf.training.beginning.weights_of_tasks`.
        protocol: `Protocol`.

    Raises:
        InputError: if it goes by flows and there are none, changes headers and
            there are none, or leaves out an application that is none.
    """
    if protocol.leave_out is not None:
        names = source.metadata["classes"].get(APPLICATION, ())
        if protocol.leave_out not in names:
            raise InputError(
                f"--leave_out takes an application of {source.name}, which "
                f"has {', '.join(names) or 'none'}; received: "
                f"--leave_out={protocol.leave_out}"
            )
    by_flows = {
        "flow_cap": protocol.flow_cap,
        "class_power": protocol.class_power,
        "monitor": protocol.monitor if protocol.monitor == "fw16" else None,
        "flow_fraction": (
            protocol.flow_fraction if protocol.flow_fraction < 1 else None
        ),
    }
    for name, value in by_flows.items():
        if value and not source.has("flow"):
            raise InputError(
                f"--{name} goes by the flows of packets, which {source.name} "
                f"does not hold; received: --{name}={value}"
            )
    for name in ("randomize_fields", "drop_fields"):
        value = getattr(protocol, name)
        if value and source.kind.name != PACKET.name:
            raise InputError(
                f"--{name} changes the headers of packets, and {source.name} "
                f"holds {source.kind.name}; received: --{name}={value}"
            )


def weights_of_rows(source, protocol):
    """Weighs the rows of the training part as a protocol draws them.

    Args:
        source: as of `mtc_tf.training.beginning.weights_of_tasks`.
        protocol: `Protocol`.

    Returns:
        tuple `(row_weights, thin)`: float32 array `(rows,)`, or None where
        each row comes once in an epoch; and dict from class to number of its
        flows, of those classes that have one flow or none to draw from, called
        `TASK CLASS`. Rows that are not used weigh 0.

    Raises:
        InputError: if all rows are left out.
    """
    kept = kept_rows(source, "train", protocol)
    if not kept.any():
        raise InputError(
            f"--leave_out={protocol.leave_out} leaves no row to train on"
        )
    if not protocol.samples:
        return (None if kept.all() else np.float32(kept)), {}
    columns = source.columns("train", ("flow", *ACTIVITY), protocol.fraction)
    columns = {name: values[kept] for name, values in columns.items()}
    weights = np.zeros(len(kept), np.float32)
    weights[kept] = row_weights(
        columns["flow"],
        _activities(columns),
        protocol.flow_cap,
        protocol.class_power,
    )
    return weights, _thin_classes(columns, source.metadata["classes"])


def kept_rows(source, part, protocol):
    """Tells which rows are used.

    Those of an application that is left out are not, and of the training part
    only those of the share of its flows.

    Args:
        source: as of `mtc_tf.training.beginning.weights_of_tasks`.
        part: str. `train` or `validation`.
        protocol: `Protocol`.

    Returns:
        bool array `(rows,)`.
    """
    kept = np.ones(source.rows_of(part, protocol.fraction), bool)
    if protocol.leave_out is not None:
        names = source.metadata["classes"][APPLICATION]
        columns = source.columns(part, (APPLICATION,), protocol.fraction)
        left_out = list(names).index(protocol.leave_out)
        kept = columns[APPLICATION] != left_out
    if part == "train" and protocol.flow_fraction < 1:
        columns = source.columns(part, ("flow", *ACTIVITY), protocol.fraction)
        kept &= flow_share(
            columns["flow"],
            _activities(columns),
            protocol.flow_fraction,
            protocol.seed,
        )
    return kept


def report_thin_classes(thin):
    """Prints one line of the classes with few flows, if there are any.

    Args:
        thin: dict as of `weights_of_rows`.
    """
    none = [name for name, flows in thin.items() if not flows]
    one = [name for name, flows in thin.items() if flows]
    parts = [("none of", none), ("a single one of", one)]
    if thin:
        listed = "; ".join(
            f"{words} {', '.join(names)}" for words, names in parts if names
        )
        print(f"flows to draw from: {listed}")


def _activities(columns):
    return np.stack([columns[task] for task in ACTIVITY], axis=1)


def _thin_classes(columns, classes):
    thin = {}
    for task in ACTIVITY:
        pairs = np.stack([columns[task], columns["flow"]], axis=1)
        labels = np.unique(pairs, axis=0)[:, 0]
        counts = np.bincount(
            labels[labels != MISSING_LABEL], minlength=len(classes[task])
        )
        for name, count in zip(classes[task], counts, strict=True):
            if count < 2:
                thin[f"{task} {name}"] = int(count)
    return thin
