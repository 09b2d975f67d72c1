"""A business clock: time that runs faster in the seasons when customers buy more.

What everybody bought on each day, smoothed, gives a day its weight; a day to come has that of the same day of the years
before. Two ways to weigh are tried, and each at several strengths: all purchases; and repeat purchases over those that
the customers gained so far would make in an even year, which does not mistake gaining many customers for a season. The
one under which the purchases are most likely is taken, and the calendar where none is: changing the unit of time
multiplies the likelihood by the weight of each repeat purchase's day.
"""

from typing import NamedTuple

import numpy as np

from segmentation.prediction import buying
from segmentation.prediction.daily import Daily, History
from segmentation.prediction.histories import Array

YEAR = 365
SMOOTH = 14  # days, the standard deviation of the kernel
LEAST, MOST = 0.25, 4.0
STRENGTHS = (0.5, 0.75, 1.0)
WORTH = 5.0  # by how much the log-likelihood must rise
LONGEST = 5 * YEAR


class Clock(NamedTuple):
    """`weights[i]` is how long the day `begin + i` lasts, 1 on the average; the calendar has none."""

    begin: int
    weights: Array

    @property
    def has_seasons(self) -> bool:
        """Whether it knows what the days to come were like a year ago."""
        return len(self.weights) >= YEAR

    def at(self, days: Array | int) -> Array:
        """The hour at the end of these days; of days before the first one, the calendar's."""
        days = np.asarray(days)
        if not len(self.weights):
            return days.astype(float)
        since = days - self.begin + 1
        last = int(max(since.max(initial=0), 0))
        hours = np.concatenate([[0.0], np.cumsum(self._until(last))])
        return np.where(since >= 0, hours[np.maximum(since, 0)], since)

    def _until(self, count: int) -> Array:
        if count <= len(self.weights):
            return self.weights[:count]
        ahead = np.arange(len(self.weights), count)
        if not self.has_seasons:
            return np.append(self.weights, np.ones(len(ahead)))
        years = len(self.weights) // YEAR
        back = -(-(ahead - len(self.weights) + 1) // YEAR) * YEAR
        same = [ahead - back - year * YEAR for year in range(years)]
        known = [np.where(place >= 0, self.weights[np.maximum(place, 0)], np.nan) for place in same]
        return np.append(self.weights, np.nanmean(known, axis=0))


def calendar() -> Clock:
    return Clock(0, np.zeros(0))


class Timed(NamedTuple):
    """Histories by a clock, and how much of it passes until the horizon."""

    x: Array
    t: Array
    T: Array
    horizon: float


def timed(history: History, clock: Clock, horizon: int) -> Timed:
    first, now = clock.at(history.first), clock.at(history.cut)
    t = np.where(history.x > 0, clock.at(history.last) - first, 0.0)
    return Timed(history.x, t, np.maximum(now - first, t), float(clock.at(history.cut + horizon) - now))


class Found(NamedTuple):
    clock: Clock
    fitted: buying.Fitted
    gain: float  # of log-likelihood over the calendar
    way: str  # "calendar", "purchases" or "returns"
    strength: float


def find(daily: Daily, history: History, by_calendar: buying.Fitted, *, prior: float = 0.0) -> Found:
    """The clock that the purchases until `history.cut` speak for, and the MBG/NBD by it."""
    known = daily.until(history.cut)
    counted = known.orders > 0
    day, customer = known.day[counted], known.customer[counted]
    again = np.append(False, customer[1:] == customer[:-1])
    begin = max(int(day.min()), history.cut - LONGEST + 1)
    best = Found(calendar(), by_calendar, 0.0, "calendar", 0.0)
    repeats = day[again & (day >= begin)] - begin
    for way, index in _indices(day, repeats, history, begin, by_calendar.model).items():
        for strength in STRENGTHS:
            weights = index**strength
            weights = weights / weights.mean()
            clock = Clock(begin, weights)
            fitted = buying.fit(*timed(history, clock, 0)[:3], early=True, prior=prior, near=best.fitted.model)
            gain = fitted.log_likelihood + np.log(weights[repeats]).sum() - by_calendar.log_likelihood
            if gain > max(best.gain, WORTH):
                best = Found(clock, fitted, float(gain), way, strength)
    if best.strength:
        exact = buying.fit(*timed(history, best.clock, 0)[:3], early=True, prior=prior)
        return best._replace(fitted=exact)
    return best


def _indices(day: Array, repeats: Array, history: History, begin: int, even: buying.Buying) -> dict[str, Array]:
    """Each way's smoothed weight of each day from `begin` to the cut."""
    length = history.cut - begin + 1
    if length < 2 * SMOOTH or not len(repeats):
        return {}
    ages = np.arange(length + 1.0)
    zero = np.zeros(length + 1)
    pace = np.append(0.0, np.diff(buying.expected(even, zero, zero, zero, ages)))[:length]
    gained = np.bincount(np.maximum(history.first - begin, 0), minlength=length)[:length]
    awaited = np.fft.irfft(np.fft.rfft(gained, 2 * length) * np.fft.rfft(pace, 2 * length), 2 * length)[:length]
    everything = _smooth(np.bincount(day[day >= begin] - begin, minlength=length))
    returns = _smooth(np.bincount(repeats, minlength=length))
    few = 2.0 / SMOOTH  # purchases a day that are put on both sides, so that quiet weeks say little
    ways = {
        "purchases": everything / everything.mean(),
        "returns": (returns + few) / (_smooth(np.maximum(awaited, 0)) + few),
    }
    return {way: np.clip(index, LEAST, MOST) for way, index in ways.items()}


def _smooth(counts: Array) -> Array:
    from scipy.ndimage import gaussian_filter1d

    return gaussian_filter1d(counts.astype(float), SMOOTH, mode="reflect") + 1e-9
