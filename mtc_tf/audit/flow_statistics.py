"""Flows as rows: what the rows of each have in common."""

import numpy as np


def flow_statistics(table, flows):
    """Sums up the rows of each flow.

    Args:
        table: float array `(rows, columns)`.
        flows: int array `(rows,)`. Numbers of flows from 0, none left out.

    Returns:
        float32 array `(flows, 5 * columns + 1)`: the mean, standard deviation,
        least, median and greatest value of each column, and the logarithm of
        the number of rows.
    """
    counts = np.bincount(flows)
    starts = np.cumsum(counts) - counts
    middle = starts + (counts - 1) // 2, starts + counts // 2
    columns = []
    for values in np.asarray(table, np.float64).T:
        values = values[np.lexsort((values, flows))]
        means = np.add.reduceat(values, starts) / counts
        squares = np.square(values - np.repeat(means, counts))
        columns += [
            means,
            np.sqrt(np.add.reduceat(squares, starts) / counts),
            values[starts],
            (values[middle[0]] + values[middle[1]]) / 2,
            values[starts + counts - 1],
        ]
    return np.stack([*columns, np.log(counts)], axis=1).astype(np.float32)
