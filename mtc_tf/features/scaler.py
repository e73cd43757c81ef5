"""What brings the features of records to the range from 0 to 1."""

import dataclasses

import numpy as np

NUM_QUANTILES = 1000
# The default behind the paper's reference; today's is ten times smaller.
FITTED_ROWS = 100_000


@dataclasses.dataclass(frozen=True)
class Scaler:
    """A fitted scaler, as it is stored and as a model carries it.

    Args:
        features: tuple of str. Names of the features, in order.
        quantiles: list of lists of float, `(features, quantiles)`, each in
            ascending order: the values that become 0, 1/(n-1), 2/(n-1), … 1.
    """

    features: tuple
    quantiles: list

    def unscale(self, rows):
        """Returns records that are scaled to these rows.

        Args:
            rows: float array `(rows, features)` from 0 to 1.

        Returns:
            float32 array `(rows, features)`, in the units of the record table.
        """
        columns = [
            np.interp(column, np.linspace(0, 1, len(values)), values)
            for column, values in zip(rows.T, self.quantiles, strict=True)
        ]
        return np.stack(columns, axis=1).astype(np.float32)


def fit_scaler(rows, *, seed):
    """Fits the scaler to rows.

    The quantiles are rounded to float32, the precision of the exported model:
    then dataset and model scale every value alike.

    Args:
        rows: float32 array of shape `(rows, features)`.
        seed: int. Seed of the draw of the rows that are looked at.

    Returns:
        `sklearn.preprocessing.QuantileTransformer`, fitted; `quantiles_` has
        shape `(quantiles, features)`.

    Paper: Section 3.2.3; the rule is that of its reference [25].
    """
    from sklearn.preprocessing import QuantileTransformer

    scaler = QuantileTransformer(
        n_quantiles=min(NUM_QUANTILES, len(rows)),
        output_distribution="uniform",
        subsample=FITTED_ROWS,
        random_state=seed,
    ).fit(rows)
    scaler.quantiles_ = scaler.quantiles_.astype(np.float32).astype(float)
    return scaler
