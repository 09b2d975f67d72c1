"""Purchases by customer and day as columns, and what they say of each customer at the end of a day."""

from typing import NamedTuple

import numpy as np

from segmentation.prediction.histories import Array

WINDOWS = (7, 30, 90, 365)


class Daily(NamedTuple):
    """One row per customer and day on which something was ordered, by customer, then day.

    `customer` is the customer's place, 0 to n−1; `day` counts days since 1970; `orders` counts those worth more than
    nothing after refunds; `amount` is the signed sum of all, less refunds.
    """

    customer: Array
    day: Array
    orders: Array
    amount: Array

    def until(self, cut: int) -> "Daily":
        """What was known at the end of the day `cut`."""
        return Daily(*(column[self.day <= cut] for column in self))

    def of(self, customers: Array) -> "Daily":
        """Of those whose places are marked in `customers`, counted anew from 0."""
        kept = customers[self.customer]
        place = np.cumsum(customers) - 1
        return Daily(place[self.customer[kept]], self.day[kept], self.orders[kept], self.amount[kept])


class History(NamedTuple):
    """What the customers with a counted order look like at the end of `cut`; all arrays have a row for each.

    `x` counts days with a counted order after the first such day; `first` and `last` are days; `gap` is the mean
    number of days between two purchases, `spread` the standard deviation of its logarithm, `last_gap` the latest;
    `value` is the mean amount of the `valued` days that were worth more than nothing. A mean of none is nan.
    """

    cut: int
    customer: Array
    x: Array
    first: Array
    last: Array
    gap: Array
    spread: Array
    last_gap: Array
    value: Array
    valued: Array
    orders: Array
    amount: Array
    window_days: Array  # (n, 4): days with a purchase in the last 7, 30, 90, 365
    window_amount: Array

    @property
    def recency(self) -> Array:
        return (self.cut - self.last).astype(float)

    @property
    def age(self) -> Array:
        return (self.cut - self.first).astype(float)


def history(daily: Daily, cut: int) -> History:
    """Read from the rows up to `cut` alone."""
    known = daily.until(cut)
    counted = known.orders > 0
    c, d, amount = known.customer[counted], known.day[counted], known.amount[counted]
    starts = np.flatnonzero(np.append(True, c[1:] != c[:-1])) if len(c) else np.zeros(0, int)
    ends = np.append(starts[1:], len(c))[: len(starts)]
    days = ends - starts
    who, x = c[starts], (days - 1).astype(float)
    first, last = d[starts], d[ends - 1]
    place = np.repeat(np.arange(len(who)), days)
    gaps = np.diff(d, prepend=d[:1]).astype(float)
    is_repeat = np.ones(len(c), dtype=bool)
    is_repeat[starts] = False
    n = len(who)
    mean_gap = np.divide(last - first, x, out=np.full(n, np.nan), where=x > 0)
    logs = np.where(is_repeat, np.log(np.maximum(gaps, 1)), 0.0)
    mean_log = np.divide(np.bincount(place, logs, n), x, out=np.zeros(n), where=x > 0)
    away = np.where(is_repeat, (logs - mean_log[place]) ** 2, 0.0)
    spread = np.sqrt(np.divide(np.bincount(place, away, n), x - 1, out=np.zeros(n), where=x > 1))
    last_gap = np.where(x > 0, gaps[ends - 1] if n else 0, np.nan)
    worth = amount > 0
    valued = np.bincount(place, worth, n)
    value = np.divide(
        np.bincount(place, np.where(worth, amount, 0.0), n), valued, out=np.full(n, np.nan), where=valued > 0
    )
    window_days = np.empty((n, len(WINDOWS)))
    window_amount = np.empty((n, len(WINDOWS)))
    everybody = np.full(int(known.customer.max(initial=-1)) + 1, -1)
    everybody[who] = np.arange(n)
    of = everybody[known.customer]
    all_of, all_amount, all_day = of[of >= 0], known.amount[of >= 0], known.day[of >= 0]
    for i, width in enumerate(WINDOWS):
        recent = d > cut - width
        window_days[:, i] = np.bincount(place[recent], minlength=n)
        recent = all_day > cut - width
        window_amount[:, i] = np.bincount(all_of[recent], all_amount[recent], n)
    return History(
        cut, who, x, first, last, mean_gap, spread, last_gap, value, valued,
        np.bincount(place, known.orders[counted], n),
        np.bincount(all_of, all_amount, n), window_days, window_amount,
    )  # fmt: skip


def bought(daily: Daily, customers: Array, after: int, until: int) -> Array:
    """How many days each of `customers` bought on, after the day `after` and to the end of `until`."""
    inside = (daily.orders > 0) & (daily.day > after) & (daily.day <= until)
    size = max(int(daily.customer.max(initial=-1)), int(customers.max(initial=-1))) + 1
    return np.bincount(daily.customer[inside], minlength=size)[customers]
