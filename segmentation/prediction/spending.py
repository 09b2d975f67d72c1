"""What a purchase is worth to each customer: the Gamma-Gamma model.

Purchases of a customer vary as gamma(p, ν), and ν among customers as gamma(q, γ). Fader & Hardie (2013), "The
Gamma-Gamma Model of Monetary Value". `x` counts the purchases that were looked at, `value` is their mean.
"""

from typing import NamedTuple

import numpy as np

from segmentation.prediction import fitting
from segmentation.prediction.fitting import Array, NotEnough

LOW = np.array([1e-2, 1e-2, 1e-4])  # γ in units of the mean value
HIGH = np.array([1e4, 1e4, 1e6])
START = np.array([3.0, 3.0, 1.0])
FEWEST = 3


class Spending(NamedTuple):
    p: float
    q: float
    gamma: float


class Fitted(NamedTuple):
    model: Spending
    log_likelihood: float
    n: int


def checked(x: Array, value: Array) -> tuple[Array, Array]:
    """Both as numbers. Raises ValueError for what no customer can have."""
    x, value = np.asarray(x, dtype=float), np.asarray(value, dtype=float)
    if x.shape != value.shape or x.ndim != 1:
        raise ValueError("x and value must be two columns of one length")
    if not (np.isfinite(x).all() and np.isfinite(value).all()):
        raise ValueError("x and value must be finite numbers")
    if (x < 1).any() or (x != np.floor(x)).any():
        raise ValueError("x must be whole numbers from 1")
    if (value <= 0).any():
        raise ValueError("value must be above 0")
    return x, value


def fit(x: Array, value: Array, *, prior: float = 0.0) -> Fitted:
    """The model under which these means are most likely. `prior` and errors as in `buying.fit`."""
    x, value = checked(x, value)
    if len(x) < FEWEST:
        raise NotEnough("the value of a purchase needs at least three customers")
    scale = float(value.mean())

    def likelihood(point: Array) -> tuple[float, Array]:
        top, slope = log_likelihood(np.exp(point), x, value / scale)
        away = point - np.log(START)
        return top - prior / 2 * away @ away, slope * np.exp(point) - prior * away

    found = fitting.fit(likelihood, start=START, low=LOW, high=HIGH)
    p, q, gamma = found.values.tolist()
    top = log_likelihood(found.values, x, value / scale)[0] - len(x) * np.log(scale)
    return Fitted(Spending(p, q, gamma * scale), float(top), len(x))


def log_likelihood(parameters: Array, x: Array, value: Array) -> tuple[float, Array]:
    """Of p, q, γ: the log-likelihood over all, and its derivative by each."""
    from scipy.special import digamma, gammaln

    p, q, gamma = parameters
    shape, total = p * x, value * x
    both, seen = np.log(gamma + total), np.log(total)
    value_ = (
        gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(gamma)
        + shape * seen - np.log(value) - (shape + q) * both
    )  # fmt: skip
    by_shape = digamma(shape + q)
    slope = np.array([
        (x * (by_shape - digamma(shape) + seen - both)).sum(),
        (by_shape - digamma(q) + np.log(gamma) - both).sum(),
        (q / gamma - (shape + q) / (gamma + total)).sum(),
    ])  # fmt: skip
    return float(value_.sum()), slope


def expected(model: Spending, x: Array, value: Array) -> Array:
    """What a purchase of each is expected to be worth: its own mean, drawn to that of all the more the fewer it made.

    `x` may be 0. Where q ≤ 1 the mean over all is infinite; then q is taken as just above 1.
    """
    q = max(model.q, 1 + 1e-3)
    return model.p * (model.gamma + value * x) / (model.p * x + q - 1)
