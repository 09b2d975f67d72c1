"""Values of workbook cells as text: numbers without the noise of binary fractions, dates as ISO."""

import datetime
import re
from functools import lru_cache

# Built-in formats that show dates or times, those of the Chinese, Japanese and Korean editions among them
# (ECMA-376 part 1, 18.8.30).
DATE_FORMATS = {str(n) for n in (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))}
LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
EXACT = 10**15  # a spreadsheet keeps 15 digits; of longer numbers the end is lost
DAY_MS = 86_400_000
LAST_DAY = 2_958_465  # 9999-12-31


def is_date_format(number: str, code: str) -> bool:
    if not code:
        return number in DATE_FORMATS
    return any(letter in "ymdhs" for letter in LITERAL.sub("", code.split(";")[0]).lower().replace("general", ""))


def unescaped(text: str) -> str:
    """_x000D_ and the like, by which workbooks write characters that XML cannot hold."""
    return ESCAPE.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def number_text(value: str) -> str:
    """A stored number as it was most likely typed: 17850 for 17850.0, 2.55 for 2.5499999999999998."""
    if value.isdigit() and len(value) <= 15:
        return value
    try:
        return float_text(float(value))
    except ValueError:
        return value


def float_text(number: float) -> str:
    """More than 15 digits come in scientific form, so that a card number that lost its end is seen."""
    if abs(number) >= EXACT:
        return f"{number:.15g}"
    return str(int(number)) if number.is_integer() else repr(number)


@lru_cache(maxsize=65_536)
def date_text(value: str, since_1904: bool = False) -> str:
    """A stored day number as "2024-03-04", "2024-03-04 08:26:00", or "08:26:00" below one day."""
    try:
        days = float(value)
    except ValueError:
        return value
    if not 0 <= days <= LAST_DAY:
        return number_text(value)
    whole, ms = divmod(round(days * DAY_MS), DAY_MS)
    if whole == 0 and ms:
        return time_text(ms)
    day = day_of(whole, since_1904)
    return f"{day} {time_text(ms)}" if ms else f"{day}"


def day_of(days: int, since_1904: bool) -> datetime.date:
    """Excel believes in a 29 February 1900, so its first sixty days are counted from one day later."""
    if since_1904:
        return datetime.date(1904, 1, 1) + datetime.timedelta(min(days, LAST_DAY - 1462))
    return datetime.date(1899, 12, 31 if days < 60 else 30) + datetime.timedelta(days)


def time_text(ms: int) -> str:
    seconds, ms = divmod(ms, 1000)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{ms:03}" if ms else text
