"""Birthdays as people write them: with or without a year, by the solar or by the lunar calendar."""

import datetime
import re
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from lunardate import LunarDate

from crm.lib import Unreadable, dates


class BirthdayError(Unreadable):
    """What was written is not a day somebody can have been born on, or could be two."""

    messages = {
        "not_a_date": _("not a date"),
        "bad_date": _("there is no such day"),
        "too_early": _("before the year 1900"),
        "future": _("in the future"),
        "two_digit_year": _("the year has two digits"),
        "ambiguous": _("day and month cannot be told apart"),
        "no_day": _("the day is missing"),
    }


FIRST_YEAR = 1900
# 1 January of the years in which computers and clerks begin to count.
PLACEHOLDER_YEARS = frozenset((1900, 1901, 1904, 1970, 1980, 1990, 2000))
NOTHING = frozenset(
    ("-", "--", "/", "无", "暂无", "没有", "未知", "空", "null", "none", "n/a", "na", "nan", "\\n", "0", "0.0")
)
ZEROS = re.compile(r"0000[-/.年]?00[-/.月]?00日?(?:[ T].*)?")

MONTH_NAMES = {name: n for n, name in enumerate(dates.MONTHS, 1)}
NO_YEAR = (
    re.compile(r"--?(?P<month>\d\d)-?(?P<day>\d\d)", re.A),
    re.compile(r"(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]?", re.A),
    re.compile(r"(?P<day>\d{1,2})(?:st|nd|rd|th)? (?P<name>[a-z]{3,9})\.?", re.A | re.I),
    re.compile(r"(?P<name>[a-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?", re.A | re.I),
)
TWO_NUMBERS = re.compile(r"(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})", re.A)
WITHOUT_DAY = re.compile(r"(?:19|20)\d\d年?|(?:19|20)\d\d(?:[-/.]\d{1,2}|年\d{1,2}月)|\d{1,2}月", re.A)
SPELT = re.compile(
    "(?:(?P<year>[〇○零一二三四五六七八九]{4})年)?(?P<month>[一二三四五六七八九十]{1,2})月(?P<day>[一二三四五六七八九十]{1,3})[日号]"
)

CALENDAR = "农历|農曆|农曆|阴历|陰曆|阴曆|旧历|舊曆|lunar"
LUNAR = re.compile(rf"^[(（]?(?:{CALENDAR})[)）]?[:：]?|[(（](?:{CALENDAR})[)）]$|^L(?=[\d-])")
EVIDENTLY_LUNAR = re.compile("[闰閏]|[正冬腊臘]月|月(?:初|廿|卅)")
FIGURES = "[〇○零一二三四五六七八九]"
LUNAR_DAY = r"初[一二三四五六七八九十]|[廿卅二三]?十?[一二三四五六七八九]|[二三]?十|[廿卅]|\d{1,2}"
LUNAR_DATE = re.compile(
    rf"(?:(?P<year>\d{{4}}|{FIGURES}{{4}})(?:年|[-/.]))?-{{0,2}}(?P<leap>[闰閏])?"
    rf"(?P<month>[正冬腊臘]|[一二三四五六七八九十]{{1,2}}|\d{{1,2}})(?P<mark>L)?(?:月|[-/.])(?P<day>{LUNAR_DAY})[日号]?",
    re.A,
)
NUMERALS = {figure: n for n, figure in enumerate("零一二三四五六七八九十")} | {"〇": 0, "○": 0, "廿": 20, "卅": 30}
MONTHS_BY_NAME = {"正": 1, "冬": 11, "腊": 12, "臘": 12}


@dataclass(frozen=True, slots=True)
class Birthday:
    """`year` is None where it is not said. `lunar` months and days are the calendar's own; `leap` marks 闰月."""

    year: int | None
    month: int
    day: int
    lunar: bool = False
    leap: bool = False

    @property
    def placeholder(self) -> bool:
        """A day that systems and clerks fill in for want of a real one; it says nothing."""
        return (self.month, self.day) == (1, 1) and self.year in PLACEHOLDER_YEARS and not self.lunar

    @property
    def solar(self) -> datetime.date | None:
        """The day of birth; None without a year."""
        if self.year is None:
            return None
        return solar_of(self.year, self) if self.lunar else datetime.date(self.year, self.month, self.day)

    def in_year(self, year: int) -> datetime.date:
        """The day it is kept in that year, 1901 to 2098: 28 February for the 29th where there is none.

        A lunar day that is missing is kept on the last of its month, a leap month that is missing in the month
        of its number. A lunar day late in its year may miss a solar year: its date is then early in the next.
        """
        if not self.lunar:
            try:
                return datetime.date(year, self.month, self.day)
            except ValueError:
                return datetime.date(year, self.month, self.day - 1)
        before = solar_of(year - 1, self)
        return before if before.year == year else solar_of(year, self)

    def __str__(self) -> str:
        """1990-02-03, --02-03 without a year, L1990-08-15 and L--08L-15 by the moon, the second in a leap month."""
        year = "-" if self.year is None else f"{self.year:04}"
        return f"{'L' * self.lunar}{year}-{self.month:02}{'L' * self.leap}-{self.day:02}"


def parse(raw: str, *, day_first: bool | None = None) -> Birthday | None:
    """The birthday written in `raw`, None where nothing is written. Raises BirthdayError.

    `day_first` says how 03/04/1990 is meant in its column; without it, it is refused. 02-03 without a year
    is month and day. str() of what is given is read as the same birthday.
    """
    try:
        text = dates.tidied(raw)
    except dates.DateError as problem:
        if problem.code == "blank":
            return None
        raise BirthdayError("not_a_date") from problem
    if text.lower() in NOTHING or ZEROS.fullmatch(text):
        return None
    if LUNAR.search(text) or EVIDENTLY_LUNAR.search(text):
        return lunar(LUNAR.sub("", text).strip())
    found = with_year(text, day_first) or without_year(text, day_first) or spelt(text)
    if not found:
        raise BirthdayError(problem_of(text))
    return found


def with_year(text: str, day_first: bool | None) -> Birthday | None:
    try:
        moment = dates.evident(text)
        if not moment and (match := dates.YEAR_LAST.fullmatch(text)):
            order = dates.order_of(match) if dates.order_of(match) is not None else day_first
            if order is None and match["a"] != match["b"]:
                raise BirthdayError("ambiguous")
            day, month = (match["a"], match["b"]) if order else (match["b"], match["a"])
            moment = dates.assembled(match, month, day)
    except dates.DateError as problem:
        raise BirthdayError(*out_of_range(text, problem)) from problem
    return solar(moment.year, moment.month, moment.day) if moment else None


def out_of_range(text: str, problem: dates.DateError) -> tuple[str]:
    if problem.code != "year_out_of_range":
        return ("bad_date",)
    years = [int(year) for year in re.findall(r"\d{4}", text)]
    return ("too_early" if years and min(years) < FIRST_YEAR else "future",)


def without_year(text: str, day_first: bool | None) -> Birthday | None:
    for pattern in NO_YEAR:
        if match := pattern.fullmatch(text):
            parts = match.groupdict()
            month = MONTH_NAMES.get(parts["name"][:3].lower()) if parts.get("name") else int(parts["month"])
            return solar(None, month, int(parts["day"])) if month is not None else None
    if match := TWO_NUMBERS.fullmatch(text):
        a, b = int(match["a"]), int(match["b"])
        return solar(None, b, a) if a > 12 or (day_first and b <= 12) else solar(None, a, b)
    return None


def spelt(text: str) -> Birthday | None:
    """一九九〇年二月三日."""
    if not (match := SPELT.fullmatch(text)):
        return None
    year = match["year"] and int("".join(str(NUMERALS[figure]) for figure in match["year"]))
    return solar(year, numeral(match["month"]), numeral(match["day"]))


def solar(year: int | None, month: int, day: int) -> Birthday:
    try:
        born = datetime.date(year or 1904, month, day)
    except ValueError as problem:
        raise BirthdayError("bad_date") from problem
    if year is not None:
        check_range(born)
    return Birthday(year, month, day)


def check_range(born: datetime.date) -> None:
    if born.year < FIRST_YEAR:
        raise BirthdayError("too_early")
    if born > datetime.date.today():
        raise BirthdayError("future")


def lunar(text: str) -> Birthday:
    match = LUNAR_DATE.fullmatch(text)
    if not match:
        raise BirthdayError(problem_of(text))
    written = match["year"]
    year = written and int(written if written.isdigit() else "".join(str(NUMERALS[figure]) for figure in written))
    month = MONTHS_BY_NAME.get(match["month"]) or numeral(match["month"])
    found = Birthday(year or None, month, numeral(match["day"]), True, bool(match["leap"] or match["mark"]))
    if not (1 <= found.month <= 12 and 1 <= found.day <= 30):
        raise BirthdayError("bad_date")
    if year:
        if not FIRST_YEAR <= year <= datetime.date.today().year:
            raise BirthdayError("too_early" if year < FIRST_YEAR else "future")
        try:
            check_range(LunarDate(year, found.month, found.day, found.leap).to_solar_date())
        except ValueError as problem:
            if isinstance(problem, BirthdayError):
                raise
            raise BirthdayError("bad_date") from problem
    return found


def solar_of(year: int, birthday: Birthday) -> datetime.date:
    """The solar date of a lunar birthday in a lunar year; the nearest day before where it has none."""
    leap = birthday.leap and LunarDate.leap_month_for_year(year) == birthday.month
    try:
        return LunarDate(year, birthday.month, birthday.day, leap).to_solar_date()
    except ValueError:
        return LunarDate(year, birthday.month, birthday.day - 1, leap).to_solar_date()


def numeral(written: str) -> int:
    """15 of 15, 十五 and 廿五 without its five: 初五 is 5, 三十 is 30, 廿一 is 21."""
    if written.isdigit() and written.isascii():
        return int(written)
    figures = [NUMERALS[figure] for figure in written.removeprefix("初")]
    if 10 in figures:
        tens, _, ones = written.removeprefix("初").partition("十")
        return (NUMERALS[tens] if tens else 1) * (1 if tens in ("廿", "卅") else 10) + (NUMERALS[ones] if ones else 0)
    return sum(figures)


def problem_of(text: str) -> str:
    if WITHOUT_DAY.fullmatch(text):
        return "no_day"
    return "two_digit_year" if dates.TWO_DIGITS.fullmatch(text) else "not_a_date"
