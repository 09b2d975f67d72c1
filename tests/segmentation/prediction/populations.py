"""Invented customers who buy as the models say, and the CDNOW sample as the papers cut it."""

from datetime import date

import numpy as np

from segmentation.prediction.daily import Daily
from tests.sales.files import real

END = date(1997, 9, 30)


def buyers(n: int, *, r, alpha, a, b, span: float, early: bool, seed: int, until: float = 0.0):
    """x, t_x, T at `span` and purchases in the time until `until`, of customers who began in its first quarter."""
    dice = np.random.default_rng(seed)
    pace, leaves = dice.gamma(r, 1 / alpha, n), dice.beta(a, b, n)
    ages = span - dice.uniform(0, span / 4, n)
    x, t, later = np.zeros(n), np.zeros(n), np.zeros(n)
    for i in range(n):
        at, alive = 0.0, not (early and dice.random() < leaves[i])
        while alive:
            at += dice.exponential(1 / pace[i])
            if at > ages[i] + until:
                break
            if at <= ages[i]:
                x[i], t[i] = x[i] + 1, at
            else:
                later[i] += 1
            alive = dice.random() >= leaves[i]
    return x, t, ages, later


def shop(n: int = 400, *, days: int = 500, seed: int = 3, season: float = 0.0) -> Daily:
    """Days of purchase of `n` customers, with a yearly season of that strength."""
    dice = np.random.default_rng(seed)
    customers, at, amounts = [], [], []
    for customer in range(n):
        day, pace, mean = int(dice.integers(0, days // 2)), dice.gamma(0.8, 0.06), dice.gamma(4, 25)
        while day < days:
            customers.append(customer)
            at.append(day)
            amounts.append(round(float(dice.gamma(3, mean / 3)), 2))
            if dice.random() < 0.08:
                break
            now = pace * (1 + season * np.sin(2 * np.pi * day / 365)) + 1e-4
            day += 1 + int(dice.exponential(1 / now))
    return Daily(np.array(customers), np.array(at), np.ones(len(at), int), np.array(amounts))


def cdnow():
    """x, t_x, T in weeks to 1997-09-30, the mean amount of repeat days, and purchases in the 39 weeks after it."""
    bought: dict[str, dict[date, float]] = {}
    for line in real("transactions", "cdnow", "CDNOW_sample.txt").read_text().splitlines():
        _id, customer, day, _count, amount = line.split()
        days = bought.setdefault(customer, {})
        at = date(int(day[:4]), int(day[4:6]), int(day[6:]))
        days[at] = days.get(at, 0.0) + float(amount)
    rows = []
    for days in bought.values():
        known = sorted(day for day in days if day <= END)
        mean = np.mean([days[day] for day in known[1:]]) if len(known) > 1 else 0.0
        first = known[0]
        rows.append(
            (len(known) - 1, (known[-1] - first).days / 7, (END - first).days / 7, mean, len(days) - len(known))
        )
    return np.array(rows, dtype=float).T
