"""Weeks from Monday and months, as the days they begin with."""

from datetime import date, timedelta


def week_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def month_of(day: date) -> date:
    return day.replace(day=1)


def last_of(month: date) -> date:
    """The last day of the month that begins with `month`."""
    return month_of(month + timedelta(days=31)) - timedelta(days=1)


def months_before(month: date, n: int) -> date:
    place = month.year * 12 + month.month - 1 - n
    return date(place // 12, place % 12 + 1, 1)


def months_between(month: date, day: date) -> int:
    return (day.year - month.year) * 12 + day.month - month.month
