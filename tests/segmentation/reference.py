"""Scores computed from the raw file by another road: plain Python, no database, nothing of the product's code."""

import csv
import gzip
import math
import re
from collections import defaultdict
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

CANCELLED = re.compile(r"^C\d")


def online_retail_lines(path: Path):
    """(order number, customer, local time, amount) of each line that names a customer."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["CustomerID"]:
                amount = Decimal(row["Quantity"]) * Decimal(row["UnitPrice"])
                yield (
                    row["InvoiceNo"],
                    row["CustomerID"].removesuffix(".0"),
                    datetime.fromisoformat(row["InvoiceDate"]),
                    amount.quantize(Decimal("0.0001"), ROUND_HALF_UP),
                )


def scores(lines, as_of: date) -> dict[str, tuple]:
    """customer → (recency_days, frequency, monetary, r, f, m, stage) of those with a counted order."""
    orders: dict[tuple, list] = {}
    for number, customer, at, amount in lines:
        order = orders.setdefault((customer, number), [at, Decimal(0)])
        order[0] = min(order[0], at)
        order[1] += amount
    totals, counted = defaultdict(Decimal), defaultdict(list)
    for (customer, _number), (at, total) in orders.items():
        if at.date() <= as_of:
            totals[customer] += total
            if total > 0:
                counted[customer].append(at.date())
    figures = {customer: (max(days), len(days), totals[customer]) for customer, days in counted.items()}
    bounds = [quintiles([figure[axis] for figure in figures.values()]) for axis in range(3)]
    result = {}
    for customer, figure in figures.items():
        bands = [1 + sum(bound < value for bound in axis) for axis, value in zip(bounds, figure, strict=True)]
        recency = (as_of - figure[0]).days
        money = figure[2].quantize(Decimal("0.01"), ROUND_HALF_UP)
        result[customer] = (recency, figure[1], money, *bands, stage(recency, figure[1]))
    return result


def quintiles(values: list) -> list:
    """percentile_disc(k/5): the first value whose share of smaller-or-equal ones reaches k/5."""
    ordered = sorted(values)
    return [ordered[math.ceil(len(ordered) * k / 5) - 1] for k in range(1, 5)]


def stage(recency: int, frequency: int) -> str:
    if recency > 270:
        return "lost"
    if recency > 120:
        return "at_risk"
    if frequency == 1 and recency <= 60:
        return "new"
    return "loyal" if frequency >= 5 else "active"
