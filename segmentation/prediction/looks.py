"""What could be seen at the end of a day, and what became of it: the rows that models are trained and tested on."""

from functools import cached_property
from typing import NamedTuple

import numpy as np

from segmentation.prediction import buying, clock
from segmentation.prediction.clock import Clock
from segmentation.prediction.daily import Daily, History, bought, history
from segmentation.prediction.features import features, unit_of
from segmentation.prediction.histories import Array

PRIOR = 2.0  # customers' worth of a guess at the purchase model, which matters to the smallest companies alone


class Bases(NamedTuple):
    """The purchase model by the calendar and by the business clock, as of one day."""

    by_calendar: buying.Fitted
    by_clock: buying.Fitted
    clock: Clock
    way: str
    strength: float
    gain: float


class Look:
    """The customers at the end of `cut`, seen from what is known until then alone, and `days_bought` since."""

    def __init__(self, daily: Daily, cut: int, horizon: int):
        self.cut, self.horizon = cut, horizon
        self.history: History = history(daily, cut)
        self._daily = daily

    def __len__(self) -> int:
        return len(self.history.x)

    @cached_property
    def bases(self) -> Bases:
        """Raises buying.NotEnough."""
        by_calendar = buying.fit(
            *clock.timed(self.history, clock.calendar(), self.horizon)[:3], early=True, prior=PRIOR
        )
        found = clock.find(self._daily, self.history, by_calendar, prior=PRIOR)
        return Bases(by_calendar, found.fitted, found.clock, found.way, found.strength, found.gain)

    @cached_property
    def p_by_calendar(self) -> Array:
        return p_buys(self.history, self.bases.by_calendar.model, clock.calendar(), self.horizon)

    @cached_property
    def p_by_clock(self) -> Array:
        if not len(self.bases.clock.weights):
            return self.p_by_calendar
        return p_buys(self.history, self.bases.by_clock.model, self.bases.clock, self.horizon)

    @cached_property
    def unit(self) -> float:
        return unit_of(self.history)

    @cached_property
    def features(self) -> Array:
        return features(self.history, self.p_by_clock, self.p_by_calendar, self.unit)

    @cached_property
    def days_bought(self) -> Array:
        """Days of purchase within the horizon: only for days long enough past."""
        return bought(self._daily, self.history.customer, self.cut, self.cut + self.horizon)

    @cached_property
    def came(self) -> Array:
        return self.days_bought > 0

    @cached_property
    def spent(self) -> Array:
        """What each spent within the horizon, less refunds."""
        inside = (self._daily.day > self.cut) & (self._daily.day <= self.cut + self.horizon)
        size = int(self._daily.customer.max(initial=-1)) + 1
        return np.bincount(self._daily.customer[inside], self._daily.amount[inside], size)[self.history.customer]


class Looks:
    """Looks at the same purchases on different days, each made once. `begin` is the day of the first purchase."""

    def __init__(self, daily: Daily, horizon: int):
        self.daily, self.horizon = daily, horizon
        counted = daily.day[daily.orders > 0]
        self.begin = int(counted.min()) if len(counted) else 0
        self.end = int(counted.max()) if len(counted) else 0
        self._made: dict[int, Look] = {}

    def at(self, cut: int) -> Look:
        if cut not in self._made:
            self._made[cut] = Look(self.daily, cut, self.horizon)
        return self._made[cut]


def p_buys(history: History, model: buying.Buying, by: Clock, horizon: int) -> Array:
    x, t, T, ahead = clock.timed(history, by, horizon)
    return buying.p_buys(model, x, t, T, np.float64(ahead))
