"""How often customers buy and when they stop: BG/NBD and its sister MBG/NBD.

Each buys at a rate of its own, λ ~ gamma(r, α), and after a purchase leaves with a chance of its own, p ~ beta(a, b).
In the BG/NBD nobody leaves after the first purchase; in the MBG/NBD one may. Fader, Hardie & Lee (2005), "Counting
Your Customers the Easy Way"; Batislam, Denizel & Filiztekin (2007), "Empirical validation and comparison of models
for customer base analysis". `x` counts repeat purchases, `t` is the time of the last of them and `T` the present,
both since the first purchase and in any one unit, in which α is too.
"""

from typing import NamedTuple

import numpy as np

from segmentation.prediction import fitting
from segmentation.prediction.chances import expit
from segmentation.prediction.fitting import Array, NotEnough
from segmentation.prediction.histories import Grouped, checked, grouped

LOW = np.array([1e-4, 1e-5, 1e-4, 1e-4])  # α in units of the longest history
HIGH = np.array([1e3, 1e4, 1e3, 1e4])
START = np.array([0.5, 0.2, 0.7, 1.5])
FEWEST = 2
NODES = 24


class Buying(NamedTuple):
    """The four parameters; `early` says that one may leave after the first purchase (MBG/NBD)."""

    r: float
    alpha: float
    a: float
    b: float
    early: bool = True


class Fitted(NamedTuple):
    model: Buying
    log_likelihood: float
    n: int


def fit(x: Array, t: Array, T: Array, *, early: bool, prior: float = 0.0, near: Buying | None = None) -> Fitted:
    """The model under which these histories are most likely.

    `prior` is the weight, in customers, of a guess at the parameters, for where there are few; with a model that is
    `near` the fit begins there and is a rough one. Raises ValueError
    where a history cannot be, NotEnough where there are fewer than two or none of them has passed any time.
    """
    x, t, T = checked(x, t, T)
    if len(x) < FEWEST or not T.max(initial=0) > 0:
        raise NotEnough("a model needs at least two customers and some time since they first bought")
    scale = float(T.max())
    groups = grouped(x, t / scale, T / scale)

    def likelihood(point: Array) -> tuple[float, Array]:
        value, slope = log_likelihood(np.exp(point), groups, early=early)
        away = point - np.log(START)
        return value - prior / 2 * away @ away, slope * np.exp(point) - prior * away

    start = START if near is None else np.array([near.r, near.alpha / scale, near.a, near.b])
    found = fitting.fit(likelihood, start=start, low=LOW, high=HIGH, rough=near is not None)
    r, alpha, a, b = found.values.tolist()
    top = log_likelihood(found.values, groups, early=early)[0] - float(x.sum()) * np.log(scale)
    return Fitted(Buying(r, alpha * scale, a, b, early), float(top), len(x))


def log_likelihood(parameters: Array, groups: Grouped, *, early: bool) -> tuple[float, Array]:
    """Of r, α, a, b: the log-likelihood over all, and its derivative by each."""
    from scipy.special import digamma, gammaln

    r, alpha, a, b = parameters
    counts, place = groups.counts, groups.place
    kinds = groups.kinds.astype(float)
    survived = kinds + early  # times that a customer could have left and did not, were it alive
    at_T, at_t = np.log(alpha + groups.T), np.log(alpha + groups.t)
    can_die = survived > 0
    left = np.where(can_die, np.log(a) - np.log(np.where(can_die, b + survived - 1, 1)), -np.inf)
    odds = left[place] + (r + groups.x) * (at_T - at_t)  # of having left
    gone = expit(odds)
    of_kind = (
        gammaln(r + kinds) - gammaln(r) + r * np.log(alpha)
        + gammaln(a + b) + gammaln(b + survived) - gammaln(b) - gammaln(a + b + survived)
    )  # fmt: skip
    people = groups.people
    value = people @ of_kind + counts @ (np.logaddexp(0, odds) - (r + groups.x) * at_T)
    gone_of = np.bincount(place, counts * gone, len(kinds))
    by_sum, by_both = digamma(a + b), digamma(a + b + survived)
    slope = np.array([
        people @ (digamma(r + kinds) - digamma(r) + np.log(alpha)) - counts @ (at_T + gone * (at_t - at_T)),
        people.sum() * r / alpha
        - counts @ ((r + groups.x) * ((1 - gone) / (alpha + groups.T) + gone / (alpha + groups.t))),
        people @ (by_sum - by_both) + gone_of.sum() / a,
        people @ (by_sum + digamma(b + survived) - digamma(b) - by_both)
        - (gone_of[can_die] / (b + survived[can_die] - 1)).sum(),
    ])  # fmt: skip
    return float(value), slope


def p_alive(model: Buying, x: Array, t: Array, T: Array) -> Array:
    """Probability in [0, 1] that each has not left. BG/NBD gives those who bought once exactly 1: rank by `p_buys`."""
    survived = x + model.early
    can_die = survived > 0
    odds = np.log(model.a) - np.log(np.where(can_die, model.b + survived - 1, 1.0))
    odds = odds + (model.r + x) * (np.log(model.alpha + T) - np.log(model.alpha + t))
    return np.where(can_die, expit(-odds), 1.0)


def p_buys(model: Buying, x: Array, t: Array, T: Array, horizon: Array | float) -> Array:
    """Probability in [0, 1] that each buys at least once within `horizon` after T.

    Whoever is alive leaves at a purchase only, so the first purchase of those to come does not depend on p.
    """
    none = (model.r + x) * np.log1p(horizon / (model.alpha + T))
    return p_alive(model, x, t, T) * -np.expm1(-none)


def expected(model: Buying, x: Array, t: Array, T: Array, horizon: Array | float) -> Array:
    """Purchases that each is expected to make within `horizon` after T.

    A living customer of rate λ and chance p makes (1 − e^(−λpH)) / p. Over λ ~ gamma(r+x, α+T) that is
    (1 − (1 + pH/(α+T))^−(r+x)) / p, which is smooth in p, and is summed over p by Gauss-Jacobi quadrature: the
    published form by 2F1 overflows for large x and has a pole at a = 1.
    """
    kinds, place = np.unique(x, return_inverse=True)
    nodes = [beta_nodes(model.a, model.b + kind + model.early) for kind in kinds]
    points, weights = np.array(nodes).reshape(len(kinds), 2, NODES).swapaxes(0, 1)
    share, power = horizon / (model.alpha + T), model.r + x
    alive = p_alive(model, x, t, T)
    made = np.zeros(np.shape(alive))
    for node in range(NODES):
        p = points[place, node]
        made += weights[place, node] * -np.expm1(-power * np.log1p(p * share)) / p
    return alive * made


def beta_nodes(a: float, b: float, count: int = NODES) -> tuple[Array, Array]:
    """Points in (0, 1) and weights that add up to 1, for a mean over beta(a, b). Golub & Welsch (1969)."""
    left, right = b - 1, a - 1  # of the weight (1−z)^left (1+z)^right on [−1, 1]
    n = np.arange(count, dtype=float)
    total = 2 * n + left + right
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = (right**2 - left**2) / (total * (total + 2))
        beside = 4 * n * (n + left) * (n + right) * (n + left + right) / (total**2 * (total + 1) * (total - 1))
    middle[0] = (right - left) / (left + right + 2)
    beside[1] = 4 * (1 + left) * (1 + right) / ((2 + left + right) ** 2 * (3 + left + right))
    off = np.sqrt(beside[1:])
    values, vectors = np.linalg.eigh(np.diag(middle) + np.diag(off, 1) + np.diag(off, -1))
    return np.clip((1 + values) / 2, 1e-300, 1.0), vectors[0] ** 2
