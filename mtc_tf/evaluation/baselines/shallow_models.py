"""Shallow models, trained on the rows that a network is trained on."""

import numpy as np
import tqdm
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.ensemble import RandomForestClassifier

from mtc_tf.evaluation.baselines import inputs
from mtc_tf.evaluation.baselines.lower_port_lookup import LowerPortLookup
from mtc_tf.evaluation.baselines.sampling import class_weights
from mtc_tf.tasks import FEATURES
from mtc_tf.tasks import MISSING_LABEL
from mtc_tf.tasks import PACKET
from mtc_tf.tasks import SERIES

_FOREST = RandomForestClassifier(n_estimators=200, random_state=0, n_jobs=-1)
# Choice: of hundreds of columns a tenth is tried at each node. Of the usual
# square root most are bytes that tell nothing (on the validation part of
# `iscx_vpn_nonvpn/flow_series` fw16 is .04 and .03 lower).
_WIDE_FOREST = clone(_FOREST).set_params(max_features=0.1)
_BOOSTING = HistGradientBoostingClassifier(random_state=0)
# Choice: coarser bins, in a fifth of the time; and leaves of few heavy rows
# held back, without which the trees of many classes run away.
_WIDE_BOOSTING = clone(_BOOSTING).set_params(
    max_bins=32, max_iter=50, l2_regularization=1.0
)
# The bar for all others.
MAJORITY = "majority"
# The shares of the classes, whatever the row.
_PRIOR = DummyClassifier(strategy="prior")
# By the name of the input: what each baseline looks at, and what learns.
BASELINES = {
    PACKET.name: {
        MAJORITY: (inputs.nothing, _PRIOR),
        "lower port": (inputs.lower_port, LowerPortLookup()),
        "forest": (inputs.header, _FOREST),
        "forest, one port": (inputs.header_without_identity, _FOREST),
        "forest, 100 bytes": (inputs.first_bytes, _FOREST),
        "forest, network's inputs": (inputs.network_inputs, _FOREST),
        "boosting": (inputs.header, _BOOSTING),
    },
    SERIES.name: {
        MAJORITY: (inputs.nothing, _PRIOR),
        "forest": (inputs.series, _WIDE_FOREST),
        "boosting": (inputs.series, _WIDE_BOOSTING),
    },
    FEATURES.name: {
        MAJORITY: (inputs.nothing, _PRIOR),
        "forest": (inputs.features, _FOREST),
        "boosting": (inputs.features, _BOOSTING),
    },
}
# Of every input; their mean is a baseline of its own.
TREES = ("forest", "boosting")
TREES_NAME = "trees averaged"


def shallow_answers(kind, train, labels, power, answered, tasks, names=None):
    """Trains baselines on rows and lets them answer others.

    Each task is learned by models of its own.

    Args:
        kind: `mtc_tf.tasks.ModelInput`. What the rows are.
        train: dict of arrays `(rows, …)` as of `mtc_tf.evaluation.baselines.
            inputs`: the rows to learn from.
        labels: dict from task name to int array `(rows,)` of their labels,
            `MISSING_LABEL` where there is none.
        power: float. As of `class_weights`.
        answered: dict from part to rows as in `train`, what to answer.
        tasks: dict from task name to list of class names.
        names: iterable of str. Names in `BASELINES`; by default all of the
            input.

    Returns:
        dict from task name to dict from the baseline's name to dict from part
        to float64 array `(rows, classes)`. A task of which training has fewer
        than two classes has no baselines.
    """
    result = {task: {} for task in tasks}
    baselines = BASELINES[kind.name]
    names = list(baselines) if names is None else list(names)
    # None: on a terminal only.
    for name in tqdm.tqdm(names, unit=" baselines", disable=None, leave=False):
        table_of, estimator = baselines[name]
        train_table = table_of(train)
        tables = {part: table_of(rows) for part, rows in answered.items()}
        for task, class_names in tasks.items():
            fitted = fit_baseline(estimator, train_table, labels[task], power)
            if fitted is not None:
                result[task][name] = {
                    part: probabilities_of(fitted, table, len(class_names))
                    for part, table in tables.items()
                }
    return result


def fit_baseline(estimator, table, labels, power):
    """Trains a copy of an estimator.

    Args:
        estimator: of `BASELINES`.
        table: float32 array `(rows, columns)`.
        labels: int array `(rows,)`, `MISSING_LABEL` where there is none.
        power: float. As of `class_weights`.

    Returns:
        the copy; None where fewer than two classes leave no choice.
    """
    is_labelled = labels != MISSING_LABEL
    labels = labels[is_labelled]
    if len(np.unique(labels)) < 2:
        return None
    return clone(estimator).fit(
        table[is_labelled], labels, sample_weight=class_weights(labels, power)
    )


def probabilities_of(fitted, table, classes):
    """Lets a fitted estimator answer.

    Args:
        fitted: what `fit_baseline` returns.
        table: float32 array `(rows, columns)`.
        classes: int. How many classes the task has.

    Returns:
        float64 array `(rows, classes)`: a column for each class, those that
        training lacks too.
    """
    probabilities = np.zeros((len(table), classes))
    probabilities[:, fitted.classes_] = fitted.predict_proba(table)
    return probabilities
