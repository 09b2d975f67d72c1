"""Numbers, money and moments, by locale."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

from babel import Locale
from babel.numbers import get_currency_precision, get_currency_symbol
from django.template import Library
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language, gettext, ngettext, to_locale

register = Library()

MINUTE, HOUR, DAY = 60, 3600, 86400


@lru_cache(maxsize=256)
def _currency(code: str, language: str) -> tuple[str, Decimal]:
    symbol = get_currency_symbol(code, Locale.parse(to_locale(language)))
    spaced = f"{symbol} " if symbol[-1:].isalpha() else symbol  # CHF 12.00, but US$12.00
    return spaced, Decimal(1).scaleb(-get_currency_precision(code))


@register.filter
def money(amount, currency: str = "CNY") -> str:
    """¥1,234.50: symbol by locale, thousands separators, half up to the currency's decimals."""
    if amount is None or amount == "":
        return ""
    symbol, unit = _currency(currency, get_language() or "en")
    try:
        rounded = Decimal(str(amount)).quantize(unit, ROUND_HALF_UP)
    except InvalidOperation:
        return str(amount)
    sign = "-" if rounded < 0 else ""
    return f"{sign}{symbol}{abs(rounded):,f}"


@register.filter
def number(value, decimals: int = 0) -> str:
    """1,234,567 or, with decimals, 0.83."""
    if value is None or value == "":
        return ""
    if isinstance(value, int):
        return f"{value:,}"
    unit = Decimal(1).scaleb(-int(decimals))
    return f"{Decimal(str(value)).quantize(unit, ROUND_HALF_UP):,f}"


@register.filter
def signed(value: float) -> str:
    """+3.2 or −3.2: what a part adds or takes away."""
    return f"{'−' if value < 0 else '+'}{number(abs(value), 1)}"


@register.filter
def share(value: float | None) -> str:
    """A part of one in percent, as exact as it is small or near to all: 99.97%, 0.02%, 12%."""
    if value is None or value == "":
        return ""
    percent = 100 * float(value)
    decimals = 0 if 1 <= percent <= 99 or percent in (0, 100) else 2
    return f"{percent:.{decimals}f}%"


@register.filter
def plain(value) -> str:
    """A quantity without zeros behind its point: 3, 0.75, 1,200."""
    if value is None or value == "":
        return ""
    text = f"{Decimal(str(value)):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _local(moment: date) -> date:
    aware = isinstance(moment, datetime) and timezone.is_aware(moment)
    return timezone.localtime(moment) if aware else moment


def _day(moment: date) -> str:
    return moment.strftime("%Y-%m-%d")


def _absolute(moment: date) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if isinstance(moment, datetime) else _day(moment)


def _time(moment: date, text: str, *, title: str = "") -> str:
    if title:
        return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), title, text)
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), text)


@register.filter
def day(moment: date | None) -> str:
    """The date in the tenant's time zone, as <time>."""
    return _time(local := _local(moment), _day(local)) if moment else ""


@register.filter
def moment(value: datetime | None) -> str:
    """The date and time in the tenant's time zone, as <time>."""
    return _time(local := _local(value), _absolute(local)) if value else ""


@register.filter
def ago(value: date | None) -> str:
    """How long ago or how far ahead, the moment itself on hover, as <time>."""
    if not value:
        return ""
    local = _local(value)
    if isinstance(local, datetime):
        seconds = (timezone.now() - local).total_seconds()
        days = (timezone.localdate() - local.date()).days
    else:
        days = (timezone.localdate() - local).days
        seconds = days * DAY if days else None
    return _time(local, _distance(seconds, days), title=_absolute(local))


@register.filter
def due(value: datetime | None) -> str:
    """How long until then, or how late it is, the moment itself on hover, as <time>."""
    if not value:
        return ""
    local = _local(value)
    seconds = (timezone.now() - local).total_seconds()
    if seconds < MINUTE:
        return ago(value)
    return _time(local, _late(seconds), title=_absolute(local))


def _late(seconds: float) -> str:
    if seconds < HOUR:
        n = int(seconds / MINUTE)
        return ngettext("%(n)d minute late", "%(n)d minutes late", n) % {"n": n}
    if seconds < 2 * DAY:
        n = int(seconds / HOUR)
        return ngettext("%(n)d hour late", "%(n)d hours late", n) % {"n": n}
    n = int(seconds / DAY)
    return ngettext("%(n)d day late", "%(n)d days late", n) % {"n": n}


def _distance(seconds: float | None, days: int) -> str:
    if seconds is None:
        return gettext("today")
    if abs(seconds) < MINUTE:
        return gettext("just now")
    if abs(seconds) < HOUR:
        return _minutes(int(seconds / MINUTE))
    if abs(seconds) < 12 * HOUR or not days:
        return _hours(int(seconds / HOUR))
    if abs(days) < 45:
        return _days(days)
    if abs(days) < 365:
        return _months(int(days / 30.44))
    return _years(int(days / 365))


def _minutes(n: int) -> str:
    if n < 0:
        return ngettext("in %(n)d minute", "in %(n)d minutes", -n) % {"n": -n}
    return ngettext("%(n)d minute ago", "%(n)d minutes ago", n) % {"n": n}


def _hours(n: int) -> str:
    if n < 0:
        return ngettext("in %(n)d hour", "in %(n)d hours", -n) % {"n": -n}
    return ngettext("%(n)d hour ago", "%(n)d hours ago", n) % {"n": n}


def _days(n: int) -> str:
    if abs(n) == 1:
        return gettext("yesterday") if n > 0 else gettext("tomorrow")
    if n < 0:
        return ngettext("in %(n)d day", "in %(n)d days", -n) % {"n": -n}
    return ngettext("%(n)d day ago", "%(n)d days ago", n) % {"n": n}


def _months(n: int) -> str:
    if n < 0:
        return ngettext("in %(n)d month", "in %(n)d months", -n) % {"n": -n}
    return ngettext("%(n)d month ago", "%(n)d months ago", n) % {"n": n}


def _years(n: int) -> str:
    if n < 0:
        return ngettext("in %(n)d year", "in %(n)d years", -n) % {"n": -n}
    return ngettext("%(n)d year ago", "%(n)d years ago", n) % {"n": n}
