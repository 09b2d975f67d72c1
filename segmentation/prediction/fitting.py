"""Maximum likelihood of positive parameters: in logarithms, with gradients, to the very top."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Array = np.ndarray
Likelihood = Callable[[Array], tuple[float, Array]]  # of logarithms of parameters: log-likelihood and its gradient

STEP = 1e-4
POLISH = 25
NEAR = 1e-9  # of the log-likelihood, at which a Newton step is not worth another


class Fit(NamedTuple):
    """Parameters at the top, and the log-likelihood there."""

    values: Array
    log_likelihood: float


class NotEnough(ValueError):
    """There is too little to fit a model to."""


def get_ready() -> None:
    """Load what fitting needs, which takes longer than to fit."""
    from scipy import optimize, special

    assert optimize and special


def fit(likelihood: Likelihood, *, start: Array, low: Array, high: Array, rough: bool = False) -> Fit:
    """The parameters between `low` and `high` where `likelihood` is highest. Deterministic. A `rough` fit stops near
    the top: it is for comparing many."""
    from scipy import optimize

    bounds = list(zip(np.log(low), np.log(high), strict=True))

    def falling(point: Array) -> tuple[float, Array]:
        value, slope = likelihood(point)
        return -value, -slope

    begin = np.clip(np.log(start), *np.log([low, high]))
    options = {"maxiter": 500, "maxfun": 1000, "ftol": 1e-8 if rough else 1e-13, "gtol": 1e-7}
    found = optimize.minimize(falling, begin, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    if rough:
        return Fit(np.exp(found.x), -float(found.fun))
    point = _polished(likelihood, found.x, np.log(low), np.log(high))
    return Fit(np.exp(point), float(likelihood(point)[0]))


def hessian(likelihood: Likelihood, point: Array) -> Array:
    """Second derivatives by differences of the gradient, symmetric."""
    columns = []
    for i in range(len(point)):
        step = np.zeros(len(point))
        step[i] = STEP
        columns.append((likelihood(point + step)[1] - likelihood(point - step)[1]) / (2 * STEP))
    made = np.array(columns)
    return (made + made.T) / 2


def _polished(likelihood: Likelihood, point: Array, low: Array, high: Array) -> Array:
    """Newton steps from near the top, which is flat where two parameters stand in for each other."""
    value, slope = likelihood(point)
    for _step in range(POLISH):
        free = ((point > low) | (slope > 0)) & ((point < high) | (slope < 0))
        bent = hessian(likelihood, point)[np.ix_(free, free)]
        if not free.any() or not np.isfinite(bent).all() or np.linalg.eigvalsh(bent).max() >= 0:
            return point
        move = np.zeros(len(point))
        move[free] = -np.linalg.solve(bent, slope[free])
        tried = np.clip(point + move, low, high)
        new_value, new_slope = likelihood(tried)
        if not new_value >= value:
            return point
        gained, point, value, slope = new_value - value, tried, new_value, new_slope
        if gained < NEAR:
            return point
    return point
