"""The figures of models on one part and task, with their intervals."""

import dataclasses

import numpy as np
from scipy import sparse

from mtc_tf.data.flow_weights import flow_weights
from mtc_tf.evaluation import bootstrap

# How many rows of a flow vote, its first ones; None: all.
VOTES = {"vote_1": 1, "vote_3": 3, "vote_5": 5, "vote_10": 10, "vote": None}
# A class that a model calls impossible costs as much as one of this
# probability: forests answer 0, and one such row would rule the mean.
LEAST_PROBABILITY = 1e-3


@dataclasses.dataclass(frozen=True)
class Figures:
    """Figures of one model.

    Args:
        values: dict from the figure's name to float, NaN without a row:
            `macro_f1` of rows; of rows that belong to flows `fw16`, the same
            with `flow_weights`, and each of `VOTES`, the macro F1 of flows by
            the mean answer to so many of their rows; `log_loss`, the mean of
            rows weighted as in `fw16`.
        resampled: dict from the name to float array `(resamples,)`; empty
            without flows.
    """

    values: dict
    resampled: dict

    def as_json(self):
        """Gives each figure as `value` and `interval`, None if unknown."""
        return {
            name: _figure(value, self.resampled.get(name))
            for name, value in self.values.items()
        }

    def better_than(self, other, name):
        """Compares one figure on the same resamples.

        Args:
            other: `Figures` of the same rows.
            name: str.

        Returns:
            dict of `difference`, this figure less the other's, and its
            `interval`.
        """
        resampled = None
        if name in self.resampled:
            resampled = self.resampled[name] - other.resampled[name]
        figure = _figure(self.values[name] - other.values[name], resampled)
        return {
            "difference": figure["value"],
            "interval": figure["interval"],
        }


def row_figures(truth, probabilities):
    """Computes the figures of rows that belong to no flow.

    Args:
        truth: int array `(rows,)`. The true classes, at least one.
        probabilities: dict from the name of a model to float array
            `(rows, classes)`.

    Returns:
        dict from the name to `Figures` of `macro_f1` and `log_loss`.
    """
    everywhere = np.ones(len(truth))
    return {
        name: Figures(
            {
                "macro_f1": float(
                    bootstrap.macro_f1(
                        _square(
                            _confusions(truth, p, everywhere).sum(axis=0), p
                        )
                    )
                ),
                "log_loss": float(_losses(truth, p).mean()),
            },
            resampled={},
        )
        for name, p in probabilities.items()
    }


def flow_figures(truth, probabilities, flows, timestamps, units):
    """Computes the figures of rows that belong to flows.

    Args:
        truth: int array `(rows,)`. The true classes, at least one; all rows of
            a flow have the same.
        probabilities: dict from the name of a model to float array
            `(rows, classes)`.
        flows: int array `(rows,)`.
        timestamps: float array `(rows,)`. Seconds; they say which rows of a
            flow come first.
        units: array `(rows,)`. What is drawn anew in a resample: the flow, or
            the group of captures that holds it.

    Returns:
        dict from the name to `Figures`. With a single unit there is nothing
        to draw, and no interval.
    """
    _, units = np.unique(units, return_inverse=True)
    order = np.lexsort((timestamps, flows))
    truth, flows, units = truth[order], flows[order], units[order]
    weights = flow_weights(flows)
    _, starts, counts = np.unique(flows, return_index=True, return_counts=True)
    columns = {
        name: _columns(truth, values[order], weights, starts, counts)
        for name, values in probabilities.items()
    }
    stacked = sparse.hstack(list(columns.values()), format="csr")
    sums = stacked.sum(axis=0)[np.newaxis]
    resampled = None
    if units.max() > 0:
        resampled = bootstrap.resampled_sums(units, stacked)
    result, start = {}, 0
    for name, own in columns.items():
        place = slice(start, start + own.shape[1])
        start += own.shape[1]
        p = probabilities[name]
        result[name] = Figures(
            {x: float(y[0]) for x, y in _of_sums(sums[:, place], p).items()},
            {} if resampled is None else _of_sums(resampled[:, place], p),
        )
    return result


def _columns(truth, probabilities, weights, starts, counts):
    """What is added up for one model, of rows in the order of their flows."""
    of_flow = truth[starts]
    number = np.arange(len(truth)) - np.repeat(starts, counts)
    blocks = [
        _confusions(truth, probabilities, np.ones(len(truth))),
        _confusions(truth, probabilities, weights),
    ]
    for votes in VOTES.values():
        is_voting = number < (votes or counts.max())
        votes_of = probabilities * is_voting[:, np.newaxis]
        # A sum has the largest class of the mean.
        answers = np.add.reduceat(votes_of, starts, axis=0)
        blocks.append(
            _confusions(of_flow, answers, np.ones(len(of_flow)), starts, truth)
        )
    losses = weights * _losses(truth, probabilities)
    blocks.append(sparse.csr_array(np.stack([losses, weights], axis=1)))
    return sparse.hstack(blocks, format="csr")


def _confusions(truth, probabilities, weights, places=None, rows=None):
    """A confusion matrix for each row, flat: `(rows, classes * classes)`."""
    classes = probabilities.shape[1]
    cells = truth * classes + probabilities.argmax(axis=1)
    if places is None:
        places, rows = np.arange(len(truth)), truth
    return sparse.csr_array(
        (weights, (places, cells)), shape=(len(rows), classes**2)
    )


def _losses(truth, probabilities):
    likely = probabilities[np.arange(len(truth)), truth]
    return -np.log(np.maximum(likely, LEAST_PROBABILITY))


def _of_sums(sums, probabilities):
    """The figures of sums `(…, columns)` of what `_columns` gives."""
    names = ("macro_f1", "fw16", *VOTES)
    ends = np.arange(1, len(names) + 1) * probabilities.shape[1] ** 2
    *confusions, _ = np.split(sums, ends, axis=1)
    with np.errstate(invalid="ignore"):
        return {
            **{
                name: bootstrap.macro_f1(_square(values, probabilities))
                for name, values in zip(names, confusions, strict=True)
            },
            "log_loss": sums[:, -2] / sums[:, -1],
        }


def _square(flat, probabilities):
    classes = probabilities.shape[1]
    return flat.reshape(*flat.shape[:-1], classes, classes)


def _figure(value, resampled):
    interval = None if resampled is None else bootstrap.interval(resampled)
    return {"value": value, "interval": interval}
