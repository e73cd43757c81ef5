import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.ensemble import RandomForestClassifier

from mtc_tf.evaluation.baselines import shallow_models


@pytest.fixture
def few_trees(monkeypatch):
    """The baselines as they are, with so few trees that a test is quick."""
    for name, baselines in shallow_models.BASELINES.items():
        fewer = {key: (x, _fewer(y)) for key, (x, y) in baselines.items()}
        monkeypatch.setitem(shallow_models.BASELINES, name, fewer)


def _fewer(estimator):
    if isinstance(estimator, RandomForestClassifier):
        return RandomForestClassifier(n_estimators=5, random_state=0)
    if isinstance(estimator, HistGradientBoostingClassifier):
        return HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=2)
    return estimator
