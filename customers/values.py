"""Values of custom fields: read as people and files write them, kept as one standard text. No database."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import Unreadable, money, text
from crm.lib.dates import FIRST_YEAR, LAST_YEAR, DateError, DateReader
from customers.models import CustomField

Kind = CustomField.Kind
Value = str | Decimal | date | bool

LONGEST = 500
LONGEST_KEY = 200
MOST_DIGITS = 15  # more than a double holds: programs and spreadsheets would change the number
YES = frozenset("是 对 有 真 yes y true t 1 √ ✓ ✔ on".split())
NO = frozenset("否 不 无 没有 假 no n false f 0 × ✗ ✘ x off".split())


class ValueProblem(Unreadable):
    """What was written is no value of the field."""

    messages = {
        "blank": gettext_lazy("nothing is written"),
        "too_long": gettext_lazy("longer than %(most)d characters"),
        "not_a_number": gettext_lazy("not a number"),
        "too_many_digits": gettext_lazy("more than %(most)d digits"),
        "not_a_choice": gettext_lazy("not one of the choices: %(choices)s"),
        "not_yes_or_no": gettext_lazy("neither yes nor no"),
    }


def parse(field: CustomField, raw: str) -> Value:
    """The value that `raw` means: text cleaned, a number rounded to four decimals, a day, True or False, or the choice
    as the company writes it. Raises ValueProblem, money.AmountError or dates.DateError, all Unreadable."""
    if not raw.strip():
        raise ValueProblem("blank")
    return _PARSERS[field.kind](field, raw)


def text_of(field: CustomField, value: Value) -> str:
    """The one text that stands for the value, in sources, files and keys: parse(text_of(value)) is the value."""
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value.normalize() + 0:f}"
        case date():
            return value.isoformat()
    return value


def restored(field: CustomField, standard: str) -> Value | None:
    """The value of a text that `text_of` made. Others are parsed, and are None where they are no value.

    A choice that is no longer offered stays what it was.
    """
    try:
        match field.kind:
            case Kind.NUMBER:
                return _digits_bounded(Decimal(standard)) if money.PLAIN(standard) else parse(field, standard)
            case Kind.DATE if len(standard) == 10:
                return _in_range(date.fromisoformat(standard))
            case Kind.CHOICE:
                return _matching(field, standard) or text.clean(standard)[:LONGEST] or None
        return parse(field, standard)
    except (ValueError, InvalidOperation):
        return None


def shown(field: CustomField, value: Value | None) -> str:
    """The value as a page shows it, in the reader's language; nothing where there is none."""
    match value:
        case None:
            return ""
        case bool():
            return _("Yes") if value else _("No")
        case Decimal():
            return f"{value.normalize() + 0:,f}"
        case date():
            return value.isoformat()
    return value


def key_of(value: str) -> str:
    """What two spellings of a text or choice have in common, by which it is found: its first 200 characters cleaned,
    simplified and in lower case."""
    return text.name_key(value[:LONGEST])[:LONGEST_KEY]


def _text(field: CustomField, raw: str) -> str:
    if len(raw) > LONGEST * 4 or len(value := text.clean(raw)) > LONGEST:
        raise ValueProblem("too_long", most=LONGEST)
    if not value:
        raise ValueProblem("blank")
    return value


def _number(field: CustomField, raw: str) -> Decimal:
    try:
        return _digits_bounded(money.quantity(raw))
    except money.AmountError as problem:
        if problem.code == "not_a_number":
            raise ValueProblem("not_a_number") from problem
        raise


def _digits_bounded(value: Decimal) -> Decimal:
    if len(value.normalize().as_tuple().digits) > MOST_DIGITS:
        raise ValueProblem("too_many_digits", most=MOST_DIGITS)
    return value


def _date(field: CustomField, raw: str) -> date:
    return DateReader().read_date(raw)


def _in_range(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise DateError("year_out_of_range")
    return day


def _choice(field: CustomField, raw: str) -> str:
    if choice := _matching(field, raw[:LONGEST]):
        return choice
    offered = _(", ").join(field.choices[:10]) + (" …" if len(field.choices) > 10 else "")
    raise ValueProblem("not_a_choice", choices=offered)


def _matching(field: CustomField, raw: str) -> str | None:
    if raw in field.choices:
        return raw
    wanted = text.name_key(raw)
    return next((choice for choice in field.choices if text.name_key(choice) == wanted), None)


def _boolean(field: CustomField, raw: str) -> bool:
    word = text.clean(raw[:20]).casefold()
    if word in YES or word in NO:
        return word in YES
    raise ValueProblem("not_yes_or_no")


_PARSERS: dict[str, Callable[[CustomField, str], Value]] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.CHOICE: _choice,
    Kind.BOOLEAN: _boolean,
}
