"""Models learned from who bought: a logistic regression and boosted trees, both evaluated with numpy alone."""

from typing import NamedTuple

import numpy as np

from segmentation.prediction.chances import expit
from segmentation.prediction.histories import Array

TAMED = 5.0  # weight of a guess of 0 for each coefficient, in customers
STEPS = 50
NEAR = 1e-6  # of the log-likelihood
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
    """By maximum likelihood, its coefficients drawn a little to 0; Newton's method, halved where it goes too far."""
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    rows, y = np.column_stack([np.ones(len(features)), (features - mean) / scale]), bought.astype(float)
    tamed = np.full(rows.shape[1], TAMED)
    tamed[0] = 0.0
    point, value = np.zeros(rows.shape[1]), np.inf
    move, step = point, 1.0
    for _turn in range(STEPS):
        tried = point - step * move
        z = rows @ tried
        loss = float(np.logaddexp(0, z).sum() - y @ z + tamed @ tried**2 / 2)
        if loss > value:
            step /= 2
            continue
        gained, point, value, step = value - loss, tried, loss, 1.0
        if gained < NEAR:
            break
        p = expit(z)
        slope = rows.T @ (p - y) + tamed * point
        move = np.linalg.solve((rows * (p * (1 - p))[:, None]).T @ rows + np.diag(tamed + 1e-9), slope)
    return Logistic(mean, scale, point[1:], float(point[0]))


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
