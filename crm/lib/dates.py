"""Dates and times of a column as people and systems write them, read in one time zone, given in UTC.

What is beyond doubt is read as it stands, cell by cell: year first (2024-03-04, 2024/3/4 8:26,
20240304), Chinese (2024年3月4日), month names, and the day numbers of spreadsheets (45355).
Which of 04-03-2024 is the month is decided once for the column, by its samples or by a person.

A time without offset is local. In the hour that a change to summer time leaves out, it is read
with the offset before the change, so 02:30 becomes 03:30; in the hour that comes twice it is
the first (PEP 495, fold=0). A time with an offset keeps it.
"""

import datetime
import re
import unicodedata
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from crm.lib import Unreadable

FIRST_YEAR, LAST_YEAR = 1900, 2100
UTC = datetime.UTC
REMEMBERED = 50_000  # values of a column that are kept, before they are forgotten and met anew


class DateError(Unreadable):
    """What was written is not a date, or could be two."""

    messages = {
        "blank": _("no date"),
        "not_a_date": _("not a date"),
        "bad_date": _("there is no such day or time"),
        "year_out_of_range": _("the year is not between 1900 and 2100"),
        "two_digit_year": _("the year has two digits; choose the date format"),
        "ambiguous_date": _("day and month can be told apart in no row; choose the date format"),
        "mixed_order": _("some rows have the day first and some the month; choose the date format"),
        "lunar": _("a date of the lunar calendar; only birthdays can have one"),
        "bad_format": _("not a date format"),
    }


TIME = (
    r"(?:(?:[ T]+|(?=[上下凌早中晚])|(?<=[日号]))(?P<noon>上午|下午|凌晨|早上|中午|晚上|AM|PM)?"
    r"\s*(?P<hour>\d{1,2})[:时點点](?P<minute>\d{1,2})分?"
    r"(?::?(?P<second>\d{1,2})秒?(?:[.,](?P<fraction>\d{1,9}))?)?\s*(?P<half>AM|PM)?"
    r"\s*(?P<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH_NAME = r"(?P<name>(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)\.?"
YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}})([-/.])(?P<month>\d{{1,2}})\2(?P<day>\d{{1,2}}){TIME}", re.I | re.A)
CHINESE = re.compile(rf"(?P<year>\d{{4}})年(?P<month>\d{{1,2}})月(?P<day>\d{{1,2}})[日号]?{TIME}", re.I | re.A)
COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    r"(?:[ T]?(?P<hour>\d{2}):?(?P<minute>\d{2}):?(?P<second>\d{2}))?",
    re.A,
)
YEAR_LAST = re.compile(rf"(?P<a>\d{{1,2}})([-/.])(?P<b>\d{{1,2}})\2(?P<year>\d{{4}}){TIME}", re.I | re.A)
NAMED = re.compile(
    rf"(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[ -]{MONTH_NAME}"
    rf"|{MONTH_NAME.replace('name', 'name2')} (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?,?)"
    rf"[ ,-]+(?P<year>\d{{4}}){TIME}",
    re.I | re.A,
)
TWO_DIGITS = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T].*)?|\d{2}年\d{1,2}月\d{1,2}日?.*", re.A)
SERIAL = re.compile(r"\d{5}(?:\.\d+)?", re.A)
FIRST_SERIAL, LAST_SERIAL = 10_000, 73_415  # 1927-05-18 to 2100-12-31
LUNAR = re.compile("农历|農曆|阴历|陰曆|闰|閏|[正腊臘冬]月|初[一二三四五六七八九十]|廿")
AFTERNOON = ("下午", "晚上", "PM")
NOON = "中午"  # noon itself: 中午 1:30 is half past one in the afternoon, 中午 11:30 before noon


class DateReader:
    """Reads the dates of one column.

    `samples` are cells of the column, as many as are at hand: they decide whether the day or the
    month comes first, and DateError ("ambiguous_date", "mixed_order", "two_digit_year") with
    `params["choices"]` is raised where they do not. `format` is strptime and wins over samples;
    cells that it does not fit are still read where they are beyond doubt. `timezone` is that of
    times without an offset.
    """

    def __init__(self, samples: Iterable[str] = (), *, format: str | None = None, timezone: str = "Asia/Shanghai"):
        self.zone = ZoneInfo(timezone)
        self.format = format
        self.day_first = order_of_format(format) if format else order_of_samples(samples)
        self.instants: dict[str, datetime.datetime] = {}
        self.days: dict[str, datetime.datetime | None] = {}

    def read(self, raw: str) -> datetime.datetime:
        """The moment in UTC. A date without a time is its local midnight. Raises DateError."""
        found = self.instants.get(raw)
        if found is None:
            found = self.quick(raw) or self.local(self.parsed(raw))
            if len(self.instants) >= REMEMBERED:
                self.instants.clear()
            self.instants[raw] = found
        return found

    def read_date(self, raw: str) -> datetime.date:
        """The day as it is written, whatever the zone: for birthdays. Raises DateError."""
        return self.parsed(raw).date()

    def quick(self, raw: str) -> datetime.datetime | None:
        """A full ISO time, by its seconds since a midnight already known; None where that does not apply."""
        if len(raw) != 19 or self.format or raw[10] != " " or raw[13] != ":" or raw[16] != ":":
            return None
        day = raw[:10]
        if day not in self.days:
            self.days[day] = self.even_midnight(day)
        midnight = self.days[day]
        try:
            time = midnight and datetime.time.fromisoformat(raw[11:])
        except ValueError:
            return None
        if not time:
            return midnight
        return midnight + datetime.timedelta(seconds=time.hour * 3600 + time.minute * 60 + time.second)

    def even_midnight(self, day: str) -> datetime.datetime | None:
        """Midnight of an ISO day in UTC, or None where it is no day or its offset changes on it."""
        try:
            start = datetime.datetime.fromisoformat(day).replace(tzinfo=self.zone)
        except ValueError:
            return None
        end = start + datetime.timedelta(days=1)
        even = day[4] == day[7] == "-" and start.utcoffset() == end.utcoffset()
        return start.astimezone(UTC) if even and FIRST_YEAR <= start.year <= LAST_YEAR else None

    def local(self, moment: datetime.datetime) -> datetime.datetime:
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone)
        return moment.astimezone(UTC)

    def parsed(self, raw: str) -> datetime.datetime:
        """The moment as written, aware where an offset is given."""
        text = tidied(raw)
        moment = self.by_format(text)
        if moment is None:
            moment = evident(text) or self.by_order(text)
        if moment is None:
            raise DateError(problem_of(text))
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise DateError("year_out_of_range")
        return moment

    def by_format(self, text: str) -> datetime.datetime | None:
        if not self.format:
            return None
        try:
            return datetime.datetime.strptime(text, self.format)
        except ValueError:
            return None

    def by_order(self, text: str) -> datetime.datetime | None:
        match = YEAR_LAST.fullmatch(text)
        if not match:
            return None
        day_first = self.day_first
        if day_first is None and (day_first := order_of(match)) is None and match["a"] != match["b"]:
            raise DateError("ambiguous_date", choices=choices(match))
        day, month = (match["a"], match["b"]) if day_first else (match["b"], match["a"])
        return assembled(match, month, day)


def tidied(raw: str) -> str:
    text = " ".join(unicodedata.normalize("NFKC", raw).split()).strip("'\u200b\u200e\u200f\ufeff ")
    if not text:
        raise DateError("blank")
    if len(text) > 60:
        raise DateError("not_a_date")
    return text


def evident(text: str) -> datetime.datetime | None:
    """The moment where the text can mean only one."""
    for pattern in (YEAR_FIRST, CHINESE, COMPACT):
        if match := pattern.fullmatch(text):
            return assembled(match, match["month"], match["day"])
    if match := NAMED.fullmatch(text):
        month = MONTHS.index((match["name"] or match["name2"])[:3].lower()) + 1
        return assembled(match, month, match["day"] or match["day2"])
    if SERIAL.fullmatch(text) and FIRST_SERIAL <= float(text) < LAST_SERIAL + 1:
        return datetime.datetime(1899, 12, 30) + datetime.timedelta(seconds=round(float(text) * 86_400))
    return None


def assembled(match: re.Match, month, day) -> datetime.datetime:
    year = int(match["year"])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise DateError("year_out_of_range")
    parts = match.groupdict()
    fraction = (parts.get("fraction") or "").ljust(6, "0")[:6]
    try:
        return datetime.datetime(
            year,
            int(month),
            int(day),
            hour_of(parts),
            int(parts.get("minute") or 0),
            int(parts.get("second") or 0),
            int(fraction or 0),
            tzinfo=offset_of(parts.get("offset")),
        )
    except ValueError as problem:
        raise DateError("bad_date") from problem


def hour_of(parts: dict) -> int:
    """The hour from 0 to 23, where a half of the day is named. Raises ValueError for 13 PM and the like."""
    hour = int(parts.get("hour") or 0)
    half = (parts.get("noon") or parts.get("half") or "").upper()
    if half in ("AM", "PM") and not 1 <= hour <= 12:
        raise ValueError(half)
    if hour < (11 if half == NOON else 12) and (half == NOON or half in AFTERNOON):
        return hour + 12
    return 0 if half in ("AM", "上午", "凌晨") and hour == 12 else hour


def offset_of(text: str | None) -> datetime.tzinfo | None:
    if not text:
        return None
    if text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return datetime.timezone(datetime.timedelta(minutes=-minutes if text[0] == "-" else minutes))


def problem_of(text: str) -> str:
    if LUNAR.search(text):
        return "lunar"
    return "two_digit_year" if TWO_DIGITS.fullmatch(text) else "not_a_date"


def order_of(match: re.Match) -> bool | None:
    """True where the first of two numbers must be the day, False where the second, None where both can."""
    a, b = int(match["a"]), int(match["b"])
    return None if (a > 12) == (b > 12) else a > 12


def order_of_samples(samples: Iterable[str]) -> bool | None:
    """True where the day comes first, False for the month, None where no sample has its year last."""
    orders, undecided = set(), None
    for raw in set(samples):
        text = unicodedata.normalize("NFKC", raw).strip()
        if TWO_DIGITS.fullmatch(text):
            raise DateError("two_digit_year", choices=two_digit_choices(text))
        if match := YEAR_LAST.fullmatch(text):
            order = order_of(match)
            if order is not None:
                orders.add(order)
            elif match["a"] != match["b"]:
                undecided = match
            if len(orders) == 2:
                raise DateError("mixed_order", choices=choices(match))
    if undecided and not orders:
        raise DateError("ambiguous_date", choices=choices(undecided))
    return orders.pop() if orders else None


def choices(match: re.Match) -> tuple[str, ...]:
    """The formats that fit a date with its year last, day first and month first."""
    mark, time = match[2], time_format(match[0])
    return f"%d{mark}%m{mark}%Y{time}", f"%m{mark}%d{mark}%Y{time}"


def two_digit_choices(text: str) -> tuple[str, ...]:
    mark, time = next((mark for mark in "-/." if mark in text), "-"), time_format(text)
    return tuple(mark.join(order) + time for order in (("%y", "%m", "%d"), ("%d", "%m", "%y"), ("%m", "%d", "%y")))


def time_format(text: str) -> str:
    return {0: "", 1: " %H:%M"}.get(text.count(":"), " %H:%M:%S")


def order_of_format(format: str) -> bool | None:
    """Whether the day stands before the month in a strptime format. Raises DateError for what is none."""
    try:
        sample = datetime.datetime(2024, 12, 31, 23, 59, 58)
        complete = datetime.datetime.strptime(sample.strftime(format), format).date() == sample.date()
    except ValueError as problem:
        raise DateError("bad_format") from problem
    if not complete:
        raise DateError("bad_format")
    if "%d" in format and "%m" in format:
        return format.index("%d") < format.index("%m")
    return None
