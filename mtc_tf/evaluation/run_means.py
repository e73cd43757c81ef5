"""Figures of several runs in one: mean, spread and interval."""

import statistics

from scipy import stats

from mtc_tf.evaluation.bootstrap import COVERAGE


def mean_interval(values):
    """Gives the t interval of the mean over runs.

    It takes the runs for independent draws from a normal distribution, and says
    how far the mean of many more could lie from that of these. Of two runs it
    is wide: their spread is hardly known.

    Args:
        values: list of float, at least two. Shares from 0 to 1.

    Returns:
        list of two floats, cut at 0 and 1, beyond which no share lies.
    """
    mean = statistics.mean(values)
    error = statistics.stdev(values) / len(values) ** 0.5
    width = error * stats.t.ppf((1 + COVERAGE) / 2, len(values) - 1)
    return [max(0.0, mean - width), min(1.0, mean + width)]
