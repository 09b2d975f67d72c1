"""The Pareto/NBD: customers buy at a rate λ ~ gamma(r, α) and leave, unseen, at a rate μ ~ gamma(s, β).

Schmittlein, Morrison & Colombo (1987), "Counting Your Customers"; Fader & Hardie (2005), "A Note on Deriving the
Pareto/NBD Model". `x`, `t` and `T` are as in `buying`.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import digamma, expit, gammaln

from segmentation.prediction import fitting
from segmentation.prediction.fitting import Array, NotEnough
from segmentation.prediction.histories import Grouped, checked, grouped

LOW = np.array([1e-4, 1e-4, 1e-4, 1e-4])  # α and β in units of the longest history
HIGH = np.array([1e3, 1e4, 1e2, 1e4])
START = np.array([0.5, 0.3, 0.6, 0.3])
FEWEST = 2
POINTS, WEIGHTS = (one / 2 for one in np.polynomial.legendre.leggauss(48))
POINTS = POINTS + 0.5
POINTS, WEIGHTS = POINTS**3, 3 * POINTS**2 * WEIGHTS  # the more near 0, where a logarithm is steep


class Lifetimes(NamedTuple):
    r: float
    alpha: float
    s: float
    beta: float


class Fitted(NamedTuple):
    model: Lifetimes
    log_likelihood: float
    n: int


def fit(x: Array, t: Array, T: Array) -> Fitted:
    """The model under which these histories are most likely. Raises ValueError and NotEnough as `buying.fit`."""
    x, t, T = checked(x, t, T)
    if len(x) < FEWEST or not T.max(initial=0) > 0:
        raise NotEnough("a model needs at least two customers and some time since they first bought")
    scale = float(T.max())
    groups = grouped(x, t / scale, T / scale)

    def likelihood(point: Array) -> tuple[float, Array]:
        value, slope = log_likelihood(np.exp(point), groups)
        return value, slope * np.exp(point)

    found = fitting.fit(likelihood, start=START, low=LOW, high=HIGH)
    r, alpha, s, beta = found.values.tolist()
    top = found.log_likelihood - float(x.sum()) * np.log(scale)
    return Fitted(Lifetimes(r, alpha * scale, s, beta * scale), top, len(x))


def log_likelihood(parameters: Array, groups: Grouped) -> tuple[float, Array]:
    """Of r, α, s, β: the log-likelihood over all, and its derivative by each."""
    r, alpha, s, beta = parameters
    kinds, counts = groups.kinds, groups.counts
    odds, by = _odds_gone(r, alpha, s, beta, groups.x, groups.t, groups.T, slopes=True)
    gone = expit(odds)
    at_T, beside_T = np.log(alpha + groups.T), np.log(beta + groups.T)
    people = groups.people
    value = (
        people @ (gammaln(r + kinds) - gammaln(r) + r * np.log(alpha) + s * np.log(beta))
        + counts @ (np.logaddexp(0, odds) - (r + groups.x) * at_T - s * beside_T)
    )  # fmt: skip
    slope = np.array([
        people @ (digamma(r + kinds) - digamma(r) + np.log(alpha)) - counts @ at_T,
        people.sum() * r / alpha - counts @ ((r + groups.x) / (alpha + groups.T)),
        people.sum() * np.log(beta) - counts @ beside_T,
        people.sum() * s / beta - s * (counts / (beta + groups.T)).sum(),
    ])  # fmt: skip
    return float(value), slope + by @ (counts * gone)


def _odds_gone(r, alpha, s, beta, x, t, T, *, slopes=False):
    """Log-odds of having left between t and T against being alive at T, and their derivatives by r, α, s, β.

    They are the integral over u from t to T of s ((α+T)/(α+u))^(r+x) ((β+T)/(β+u))^s / (β+u). With
    w = ((c+t)/(c+u))^(r+s+x), where c is the larger of α and β, what is left is flat, and Gauss-Legendre sums it.
    """
    power = r + s + x
    late = max(alpha, beta)
    begin = np.log(late + t)
    length = power * (np.log(late + T) - begin)
    least = np.exp(-length)
    w = least[:, None] + (1 - least)[:, None] * POINTS
    u = np.exp(begin[:, None] - np.log(w) / power[:, None]) - late
    u = np.clip(u, t[:, None], T[:, None])
    ahead, behind = np.log(alpha + u), np.log(beta + u)
    fixed = (r + x) * np.log(alpha + T) + s * np.log(beta + T) + np.log(s)
    inner = (
        fixed[:, None] - (r + x)[:, None] * ahead - (s + 1) * behind
        + np.log(late + u) - np.log(w) - np.log(power)[:, None]
    )  # fmt: skip
    top = inner.max(axis=1)
    parts = WEIGHTS * np.exp(inner - top[:, None])
    whole = parts.sum(axis=1)
    with np.errstate(divide="ignore"):
        odds = np.where(t < T, top + np.log(whole) + np.log(-np.expm1(-length)), -np.inf)
    if not slopes:
        return odds
    share = parts / whole[:, None]
    by_r = np.log(alpha + T) - (share * ahead).sum(axis=1)
    by_alpha = (r + x) * (1 / (alpha + T) - (share / (alpha + u)).sum(axis=1))
    by_s = 1 / s + np.log(beta + T) - (share * behind).sum(axis=1)
    by_beta = s / (beta + T) - (s + 1) * (share / (beta + u)).sum(axis=1)
    return odds, np.array([by_r, by_alpha, by_s, by_beta])


def p_alive(model: Lifetimes, x: Array, t: Array, T: Array) -> Array:
    """Probability in [0, 1] that each has not left."""
    return expit(-_odds_gone(*model, *(np.asarray(one, dtype=float) for one in (x, t, T))))


def p_buys(model: Lifetimes, x: Array, t: Array, T: Array, horizon: float) -> Array:
    """Probability in [0, 1] that each buys within `horizon` after T: that the next purchase comes before leaving.

    With w = ((α+T)/(α+T+u))^(r+x), the chance that no purchase has come by u, what is left to sum is the
    chance of being alive at u.
    """
    ahead, behind, power = (np.asarray(one)[:, None] for one in (model.alpha + T, model.beta + T, model.r + x))
    least = np.exp(-power * np.log1p(horizon / ahead))
    u = ahead * np.expm1(-np.log(least + (1 - least) * POINTS) / power)
    stays = np.exp(-model.s * np.log1p(np.clip(u, 0, horizon) / behind))
    return p_alive(model, x, t, T) * (1 - least[:, 0]) * (stays @ WEIGHTS)


def expected(model: Lifetimes, x: Array, t: Array, T: Array, horizon: float) -> Array:
    """Purchases that each is expected to make within `horizon` after T."""
    alive_for = (model.beta + T) * _shrinking((horizon / (model.beta + T)), model.s)
    return p_alive(model, x, t, T) * (model.r + x) / (model.alpha + T) * alive_for


def _shrinking(share: Array, s: float) -> Array:
    """(1 − (1+share)^(1−s)) / (s − 1), which is log(1+share) at s = 1."""
    if abs(s - 1) < 1e-9:
        return np.log1p(share)
    return -np.expm1((1 - s) * np.log1p(share)) / (s - 1)
