"""Models learned from who bought: a logistic regression and boosted trees, both evaluated with numpy alone."""

from typing import NamedTuple

import numpy as np

from segmentation.prediction.chances import expit
from segmentation.prediction.histories import Array

TAMED = 5.0  # weight of a guess of 0 for each coefficient, in customers
TREES = {
    "max_depth": 4, "learning_rate": 0.06, "max_iter": 80, "min_samples_leaf": 50, "l2_regularization": 5.0,
    "early_stopping": False, "random_state": 0,
}  # fmt: skip


class Logistic(NamedTuple):
    mean: Array
    scale: Array
    coefficients: Array
    intercept: float

    def logit(self, features: Array) -> Array:
        return (features - self.mean) / self.scale @ self.coefficients + self.intercept


class Trees(NamedTuple):
    """Nodes of all trees in one row of arrays; `roots` are where each begins, a leaf is its own child."""

    roots: Array
    feature: Array
    threshold: Array
    left: Array
    right: Array
    value: Array
    depth: int
    base: float

    def logit(self, features: Array) -> Array:
        rows = np.arange(len(features))
        total = np.full(len(features), self.base)
        for root in self.roots:
            node = np.full(len(features), root)
            for _level in range(self.depth):
                goes_left = features[rows, self.feature[node]] <= self.threshold[node]
                node = np.where(goes_left, self.left[node], self.right[node])
            total += self.value[node]
        return total


def logistic(features: Array, bought: Array) -> Logistic:
    """By maximum likelihood, its coefficients drawn a little to 0."""
    from scipy import optimize

    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    rows, y = (features - mean) / scale, bought.astype(float)

    def falling(point: Array) -> tuple[float, Array]:
        z = rows @ point[1:] + point[0]
        missed = expit(z) - y
        value = np.logaddexp(0, z).sum() - y @ z + TAMED / 2 * point[1:] @ point[1:]
        return value, np.append(missed.sum(), rows.T @ missed + TAMED * point[1:])

    found = optimize.minimize(falling, np.zeros(rows.shape[1] + 1), jac=True, method="L-BFGS-B")
    return Logistic(mean, scale, found.x[1:], float(found.x[0]))


def trees(features: Array, bought: Array) -> Trees:
    """Gradient boosting on histograms. Needs scikit-learn, so only for workers and commands."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(**TREES).fit(features, bought)
    grown = [one[0].nodes for one in model._predictors]
    sizes = [len(nodes) for nodes in grown]
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(int)
    nodes = np.concatenate(grown)
    shift, own = np.repeat(roots, sizes), np.arange(len(nodes))
    is_leaf = nodes["is_leaf"].astype(bool)
    return Trees(
        roots,
        np.where(is_leaf, 0, nodes["feature_idx"]).astype(int),
        np.where(is_leaf, 0.0, nodes["num_threshold"]).astype(float),
        np.where(is_leaf, own, nodes["left"] + shift).astype(int),
        np.where(is_leaf, own, nodes["right"] + shift).astype(int),
        np.where(is_leaf, nodes["value"], 0.0).astype(float),
        int(nodes["depth"].max()),
        float(np.ravel(model._baseline_prediction)[0]),
    )
