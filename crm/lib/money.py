"""Amounts of money and quantities as people and systems write them, to four decimals."""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from django.utils.translation import gettext_lazy as _

from crm.lib import Unreadable


class AmountError(Unreadable):
    """What was written is not an amount, or could be two."""

    messages = {
        "blank": _("no amount"),
        "not_a_number": _("not an amount"),
        "not_finite": _("not a finite number"),
        "too_large": _("too large (at most 12 digits before the decimal point)"),
        "ambiguous": _("could be read in two ways; choose the decimal separator"),
        "other_currency": _("in another currency than %(currency)s"),
    }


LIMIT = Decimal(10) ** 12
PLACES = Decimal("0.0001")
ZERO = Decimal(0)

PLAIN = re.compile(r"-?\d{1,12}(?:\.\d{1,4})?", re.ASCII).fullmatch
NUMBER = re.compile(r"(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d*)?", re.ASCII)
SCIENTIFIC = re.compile(r"(\d{1,20}(?:\.\d{1,30})?)[Ee]([+-]?\d{1,3})", re.ASCII)
NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity|∞|#div/0!|#num!)", re.IGNORECASE)
LONGEST = 60

# How each currency is written; its ISO code is known without being listed.
SIGNS = {
    "CNY": ("人民币", "rmb", "元", "圆", "块", "¥"),
    "TWD": ("新台幣", "nt$", "元", "$"),
    "HKD": ("港币", "港幣", "hk$", "元", "$"),
    "JPY": ("円", "¥", "日元"),
    "USD": ("us$", "美元", "$"),
    "EUR": ("€", "欧元"),
    "GBP": ("£", "英镑"),
    "KRW": ("₩", "원"),
}
SCALES = {"千": 3, "万": 4, "萬": 4, "百万": 6, "千万": 7, "亿": 8, "億": 8}


def amount(raw: str, *, decimal: str = ".", currency: str = "CNY") -> Decimal:
    """The amount written in `raw`, rounded half up to four decimals.

    Takes thousands in groups of three, signs and names of `currency` (¥ 元 CNY), full-width
    characters, 万 and 亿, a minus before or after, and brackets for negative amounts. `decimal`
    is "." or ",": with "." a comma is only read before groups of three digits, so "1,234" is
    a thousand while "12,5" and "1.234,56" are ambiguous. Raises AmountError.
    """
    if decimal == "." and PLAIN(raw):
        return Decimal(raw) or ZERO
    return read(raw, decimal, currency)


def quantity(raw: str, *, decimal: str = ".") -> Decimal:
    """A number of pieces, kilograms or metres, by the same rules but without a currency."""
    if decimal == "." and PLAIN(raw):
        return Decimal(raw) or ZERO
    return read(raw, decimal, None)


def read(raw: str, decimal: str, currency: str | None) -> Decimal:
    text = unicodedata.normalize("NFKC", raw[: LONGEST * 4]).replace("−", "-").strip().lstrip("'")
    text = re.sub(r"[\s\u200b\u2060\ufeff]+", "", text)
    if not text:
        raise AmountError("blank")
    if len(text) > LONGEST:
        raise AmountError("not_a_number")
    if NOT_FINITE.fullmatch(text):
        raise AmountError("not_finite")
    negative, text = unsigned(text)
    text, scale = unscaled(without_currency(text, currency))
    if not negative:
        negative, text = unsigned(text)
    value = rounded(number(text, decimal).scaleb(scale))
    return (-value if negative else value) or ZERO


def rounded(value: Decimal) -> Decimal:
    if value >= LIMIT:
        raise AmountError("too_large")
    exponent = value.as_tuple().exponent
    if exponent < -4 or exponent > 0:
        value = value.quantize(PLACES if exponent < 0 else Decimal(1), ROUND_HALF_UP)
    if value >= LIMIT:
        raise AmountError("too_large")
    return value


def unsigned(text: str) -> tuple[bool, str]:
    """Whether the text is negative, and the text without what says so."""
    if text.startswith("(") and text.endswith(")"):
        return True, text[1:-1]
    if text.startswith("-"):
        return True, text[1:]
    if text.endswith("-") and len(text) > 1:
        return True, text[:-1]
    return False, text.removeprefix("+")


def without_currency(text: str, currency: str | None) -> str:
    """The text without the sign or name of the currency. Raises AmountError for those of another."""
    if currency is None:
        return text
    for sign in (currency.lower(), *SIGNS.get(currency, ())):
        lower = text.lower()
        if lower.startswith(sign):
            text = text[len(sign) :]
        elif lower.endswith(sign):
            text = text[: -len(sign)]
    if re.search(r"[$€£¥₩円元圆]|^[A-Za-z]{3}(?=[\d.-])|(?<=[\d.])[A-Za-z]{3}$", text):
        raise AmountError("other_currency", currency=currency)
    return text


def unscaled(text: str) -> tuple[str, int]:
    """The text without 万 or 亿, and how many digits they stand for."""
    for sign, digits in sorted(SCALES.items(), key=lambda entry: -len(entry[0])):
        if text.endswith(sign):
            return text[: -len(sign)], digits
    return text, 0


def number(text: str, decimal: str) -> Decimal:
    if decimal == ",":
        text = text.replace(".", "\0").replace(",", ".").replace("\0", ",")
    if NUMBER.fullmatch(text) and any(character.isdigit() for character in text):
        return Decimal(text.replace(",", ""))
    if match := SCIENTIFIC.fullmatch(text):
        if abs(int(match[2])) > 30:
            raise AmountError("too_large" if int(match[2]) > 0 else "not_a_number")
        return Decimal(text)
    swapped = text.replace(".", "\0").replace(",", ".").replace("\0", ",")
    if NUMBER.fullmatch(swapped) and any(character.isdigit() for character in text):
        raise AmountError("ambiguous")
    raise AmountError("not_a_number")


@lru_cache(maxsize=64)
def locale_of(language: str) -> str:
    """The CLDR locale of a Django language code: zh-hans → zh_Hans_CN."""
    from babel import Locale, UnknownLocaleError

    try:
        return str(
            Locale.parse({"zh-hans": "zh-Hans-CN", "zh-hant": "zh-Hant-TW"}.get(language.lower(), language), "-")
        )
    except (UnknownLocaleError, ValueError):
        return "en"


def format_amount(value: Decimal, currency: str, language: str) -> str:
    """The amount as it is written in `language`, with its currency and as many decimals as that has."""
    from babel.numbers import format_currency

    return format_currency(value, currency, locale=locale_of(language))
