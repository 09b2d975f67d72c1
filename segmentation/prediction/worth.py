"""What customers will be worth: purchases to come, times what a purchase of theirs is worth, and how far that may err.

Purchases come from the MBG/NBD by the business clock, put right in the proportion in which the model in use has put
right the chance to come at all. The value of a purchase comes from the Gamma-Gamma model over all days of purchase.
The interval holds what the customer will in fact spend in eight of ten cases: nothing, with the chance of not coming;
else a lognormal amount, whose mean and variance are those of a random number of purchases of uncertain value.
"""

from typing import NamedTuple

import numpy as np

from segmentation.prediction import buying, clock, spending
from segmentation.prediction.chances import normal_quantile
from segmentation.prediction.daily import History
from segmentation.prediction.fitting import NotEnough
from segmentation.prediction.histories import Array
from segmentation.prediction.looks import Bases, Looks

YEAR = 365
PRIOR = 2.0
SHARE = 0.8  # of customers whose spending lies in the interval
MOST_RIGHTED = 10.0
SPREADS = (1.0, 1.25, 1.5, 2.0, 2.5)
FEWEST = 100
SURE = 1 - 1e-9


class Worth(NamedTuple):
    """Of each: purchases expected, what one is worth, their product, and the interval."""

    expected: Array
    value: Array
    clv: Array
    low: Array
    high: Array


def fit_spending(history: History) -> spending.Fitted | None:
    """None where nobody, or next to nobody, has spent anything."""
    has = history.valued > 0
    try:
        return spending.fit(history.valued[has], history.value[has], prior=PRIOR)
    except NotEnough:
        return None


def worth(
    history: History, bases: Bases, money: spending.Spending, p: Array, *, horizon: int, days: int, spread: float = 1.0
) -> Worth:
    """Within `days`, where `p` is the chance to come within `horizon`. `spread` widens the interval (`measured`)."""
    model, by = bases.by_clock.model, bases.clock
    x, t, T, ahead = clock.timed(history, by, horizon)
    hazard = -np.log1p(-np.minimum(buying.p_buys(model, x, t, T, np.float64(ahead)), SURE))
    asked = -np.log1p(-np.minimum(p, SURE))
    right = np.clip(np.divide(asked, hazard, out=np.ones(len(x)), where=hazard > 0), 1 / MOST_RIGHTED, MOST_RIGHTED)
    far = clock.timed(history, by, days).horizon
    alive = buying.p_alive(model, x, t, T)
    expected = right * buying.expected(model, x, t, T, np.float64(far))
    comes = -np.expm1(right * np.log1p(-np.minimum(buying.p_buys(model, x, t, T, np.float64(far)), SURE)))
    seen, mean = history.valued, np.nan_to_num(history.value)
    value = spending.expected(money, seen, mean)
    low, high = _interval(expected, comes, alive, model.r + x, money, seen, mean, spread)
    clv = expected * value
    return Worth(expected, value, clv, np.minimum(low, clv), np.maximum(high, clv))


def spread(looks: Looks, cut: int) -> float:
    """By how much the interval must be wider to have held SHARE of customers on the latest day that is far enough
    past; 1 where it did, or where there is no such day."""
    look = looks.at(cut - looks.horizon)
    if len(look) < FEWEST or look.history.x.sum() == 0:
        return 1.0
    money = fit_spending(look.history)
    if money is None:
        return 1.0
    spent = np.maximum(look.spent, 0)
    for tried in SPREADS:
        told = worth(
            look.history, look.bases, money.model, look.p_by_clock,
            horizon=look.horizon, days=look.horizon, spread=tried,
        )  # fmt: skip
        if np.mean((spent >= told.low) & (spent <= told.high)) >= SHARE:
            return tried
    return SPREADS[-1]


def _interval(expected, comes, alive, power, money, seen, mean, spread) -> tuple[Array, Array]:
    comes = np.clip(comes, 1e-12, 1.0)
    purchases = expected / comes  # of those who come at all
    living = expected / np.maximum(alive, 1e-12)
    squared = np.maximum(alive * (living + living**2 * (1 + 1 / power)) / comes, purchases**2)
    shape, total = np.maximum(money.p * seen + money.q, 2.1), money.gamma + mean * seen
    each = money.p * total / (shape - 1)
    within = each**2 / money.p * (shape - 1) / (shape - 2)
    between = each**2 / (shape - 2)
    variance = purchases * within + (squared - purchases**2) * each**2 + squared * between
    centre = np.maximum(purchases * each, 1e-12)
    width = np.log1p(variance / centre**2)
    middle, width = np.log(centre) - width / 2, np.sqrt(width) * spread
    ends = []
    for share in ((1 - SHARE) / 2, (1 + SHARE) / 2):
        rest = (share - (1 - comes)) / comes  # the place among those who come
        found = np.exp(middle + width * normal_quantile(np.clip(rest, 1e-9, 1 - 1e-9)))
        ends.append(np.where(rest > 0, found, 0.0))
    return ends[0], ends[1]
