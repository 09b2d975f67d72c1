"""What stands on the insight pages: figures as points of charts, with the people they are about."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from segmentation.insight.reading import GRAINS, Cohort, Overview
from segmentation.insight.spans import last_of
from segmentation.models import PeriodFigure

Grain = PeriodFigure.Grain
LEVELS = 6


def span_of(row: PeriodFigure) -> tuple[date, date]:
    """The first and the last day."""
    days = {Grain.DAY: 0, Grain.WEEK: 6, Grain.D30: 29, Grain.D90: 89, Grain.D365: 364}
    if row.grain == Grain.MONTH:
        return row.start, last_of(row.start)
    return row.start, row.start + timedelta(days=days[Grain(row.grain)])


def label_of(row: PeriodFigure) -> str:
    """A day as 3-14, a month as 2026-03: short, and the same in every language."""
    return f"{row.start:%Y-%m}" if row.grain == Grain.MONTH else f"{row.start.month}-{row.start.day}"


def revenue(shown: Overview) -> list[dict]:
    """The course of the amount beside that of the window before, place by place."""
    earlier = {place: row.amount for place, row in enumerate(shown.earlier)}
    return [
        {"label": label_of(row), "value": row.amount, "before": earlier.get(place)}
        for place, row in enumerate(shown.points)
    ]


def customers(shown: Overview, *, url_of: Callable[[str, date, date], str]) -> list[dict]:
    """New and returning customers of each span; a bar opens those who bought in it."""
    return [
        {"label": label_of(row), "values": [row.returning, row.newcomers], "url": url_of("bought", *span_of(row))}
        for row in shown.points
    ]


def change(now, before) -> dict | None:
    """How much more or less than before, in whole percent; None where there was nothing before."""
    if not before or before < 0:
        return None
    percent = round(100 * (now - before) / before)
    return {"text": f"{'−' if percent < 0 else '+'}{abs(percent):,}%", "is_less": percent < 0}


def key_figures(shown: Overview, *, url_of: Callable[[str, date, date], str]) -> list[dict]:
    now, before = shown.now, shown.before
    span = span_of(now)
    average = now.amount / now.orders if now.orders else None
    former = before.amount / before.orders if before.orders else None
    return [
        {"label": _("Revenue"), "value": now.amount, "is_money": True, "change": change(now.amount, before.amount)},
        *_margin(now),
        {"label": _("Orders"), "value": now.orders, "change": change(now.orders, before.orders)},
        {"label": _("Average order"), "value": average, "is_money": True,
         "change": change(average, former) if average is not None and former else None},
        {"label": _("Customers who bought"), "value": now.customers, "url": url_of("bought", *span),
         "change": change(now.customers, before.customers)},
        {"label": _("New among them"), "value": now.newcomers, "url": url_of("first", *span),
         "change": change(now.newcomers, before.newcomers)},
    ]  # fmt: skip


def _margin(now: PeriodFigure) -> list[dict]:
    """Nothing where no order's cost is known."""
    if now.margin is None:
        return []
    known = part(now.margin_of, now.amount)
    return [
        {"label": _("Margin"), "value": now.margin, "is_money": True, "share": part(now.margin, now.margin_of),
         "known": known if known is not None and 0 <= known < 1 else None}
    ]  # fmt: skip


def part(of: Decimal, whole: Decimal) -> float | None:
    """None where there is no whole to be a part of."""
    return float(of / whole) if whole > 0 else None


def cohort_rows(found: list[Cohort], *, url_of: Callable[[str, date, date], str]) -> list[dict]:
    """A row for every cohort; a cell is how dark its share makes it."""
    return [
        {
            "label": f"{cohort.month:%Y-%m}",
            "size": cohort.size,
            "url": url_of("first", cohort.month, last_of(cohort.month)),
            "cells": [
                None if share is None else {"share": share, "count": count, "level": _level(share)}
                for share, count in zip(cohort.shares, cohort.kept, strict=True)
            ],
        }
        for cohort in found
    ]


def _level(share: float) -> int:
    """Steps of 10 percent up to half; nearly nobody is 0."""
    return 0 if share < 0.005 else min(LEVELS, 1 + int(share * 10))


def choices(base: str, name: str, values, current, labels) -> list[dict]:
    return [
        {"url": f"{base}?{name}={value}", "label": label, "current": value == current}
        for value, label in zip(values, labels, strict=True)
    ]


PERIODS = tuple(GRAINS)
