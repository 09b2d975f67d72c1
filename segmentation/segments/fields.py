"""What rules can ask of a customer. A field is data: what it is compared with, and how its values are found."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from segmentation.segments import writing
from segmentation.segments.comparing import (
    AT_LEAST,
    AT_MOST,
    BEGINS,
    BETWEEN,
    EMPTY,
    EQUAL,
    IN,
    KNOWN,
    LESS,
    MORE,
    NOT_IN,
    UNEQUAL,
)
from segmentation.segments.refusing import Misfit
from segmentation.segments.tree import LONGEST_TEXT, Ago, Value
from tenancy.models import ApiToken, Membership
from tenancy.permissions import Permission

MOST_PLACES = 4
MOST_DIGITS = 40  # of a number that an error repeats
MOST_OFFERED = 12  # choices that an error names
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 1, 1)


class Kind(StrEnum):
    WHOLE = "whole"
    NUMBER = "number"
    MONEY = "money"
    TEXT = "text"
    CHOICE = "choice"
    DAY = "day"
    YES = "yes"


_ORDERED = (EQUAL, UNEQUAL, LESS, AT_MOST, MORE, AT_LEAST, BETWEEN)
_NUMBERS = (*_ORDERED, IN, NOT_IN)
_WORDS = (EQUAL, UNEQUAL, IN, NOT_IN)
OPERATORS = {
    Kind.WHOLE: _NUMBERS,
    Kind.NUMBER: _NUMBERS,
    Kind.MONEY: _NUMBERS,
    Kind.TEXT: (*_WORDS, BEGINS),
    Kind.CHOICE: _WORDS,
    Kind.DAY: _ORDERED,
    Kind.YES: (EQUAL,),
}
NUMERIC = (Kind.WHOLE, Kind.NUMBER, Kind.MONEY)


@dataclass(frozen=True)
class Field:
    """One thing that rules ask. `key` is its name in rules, `label` in words, `group` its heading in the builder.

    `choices()` gives value → label of all values there are; where it `is_open`, others are taken too. `keys(texts)`
    gives what the database holds for each text that it knows, `named(keys)` the texts again. A customer has one value,
    or several where it `is_many`; without any, `default` counts, None: nothing. `values(asking, clause)` finds them.
    `filters` are those that narrow what is counted, by name. The database holds an id for it where it `is_by_id`; what
    there is of a customer changes with the day alone where it `is_of_day`. `permission` is what shows the same of a
    customer elsewhere: whoever has it may ask.
    """

    key: str
    label: str | Promise
    kind: Kind
    group: str = ""
    unit: str | Promise = ""
    low: Decimal = Decimal(-(10**9))
    high: Decimal = Decimal(10**9)
    choices: Callable[[], Mapping[str, str | Promise]] | None = None
    is_open: bool = False
    is_many: bool = False
    default: Value | None = None
    has_window: bool = False
    filters: Mapping[str, "Filter"] = field(default_factory=dict)
    keys: Callable[[Iterable[str]], Mapping[str, object]] | None = None
    named: Callable[[Iterable[object]], Mapping[object, str]] | None = None
    is_by_id: bool = False
    is_of_day: bool = False
    values: Callable | None = None  # (asking, clause) → segmentation.segments.sql.Values
    permission: Permission = Permission.CUSTOMERS_VIEW
    words: str = ""  # the sentence that tells of it, of wording.SENTENCES

    @property
    def operators(self) -> tuple[str, ...]:
        own = OPERATORS[self.kind]
        return own if self.default is not None else (*own, EMPTY, KNOWN)

    def operator(self, op: str) -> str:
        """Raises Misfit for one that this field is not compared by."""
        if op not in self.operators:
            raise Misfit("bad_operator", field=self.key, found=op, offered=", ".join(self.operators))
        return op

    def fit(self, raw: object, *, is_strict: bool = True) -> Value:
        """The value that a rule may compare this field with. Raises Misfit. Choices that are gone fit unless strict."""
        if self.kind in NUMERIC:
            return self._number(raw)
        if self.kind == Kind.DAY:
            return self._day(raw)
        if self.kind == Kind.YES:
            if not isinstance(raw, bool):
                raise Misfit("not_yes_or_no", field=self.key, found=shown(raw))
            return raw
        return self._word(raw, is_strict)

    def fit_all(self, op: str, raw: Sequence[Value]) -> tuple[Value, ...]:
        """The values in the order in which rules are kept. Raises Misfit."""
        if op == BETWEEN and type(raw[0]) is type(raw[1]) and _order(raw[0]) > _order(raw[1]):
            raise Misfit("wrong_order")
        return tuple(raw)

    def _number(self, raw: object) -> Decimal:
        if isinstance(raw, bool) or not isinstance(raw, Decimal | int):
            raise Misfit("not_a_number", field=self.key, found=shown(raw))
        number = Decimal(raw)
        if self.kind == Kind.WHOLE and number != number.to_integral_value():
            raise Misfit("not_whole", field=self.key, found=shown(raw))
        if not self.low <= number <= self.high:
            raise Misfit("out_of_range", field=self.key, low=shown(self.low), high=shown(self.high), found=shown(raw))
        if number != round(number, MOST_PLACES):
            raise Misfit("too_many_places", most=MOST_PLACES)
        return number.normalize() + 0

    def _day(self, raw: object) -> date | Ago:
        if not isinstance(raw, date | Ago):
            raise Misfit("not_a_day", field=self.key, found=shown(raw))
        if isinstance(raw, date) and not FIRST_DAY <= raw <= LAST_DAY:
            raise Misfit("out_of_range", field=self.key, low=FIRST_DAY, high=LAST_DAY, found=raw)
        return raw

    def _word(self, raw: object, is_strict: bool) -> str:
        word = a_text(raw, self.key)
        if self.choices and is_strict and not self.is_open:
            offered = self.choices()
            if word not in offered and not self._is_spelt_otherwise(word, offered):
                raise _not_offered(self.key, word, offered)
        return word

    def _is_spelt_otherwise(self, word: str, offered: Mapping[str, object]) -> bool:
        key = self.keys([word]).get(word) if self.keys else None
        return key is not None and key in self.keys(offered).values()


@dataclass(frozen=True)
class Filter:
    """What narrows the things that a field counts: a text, or one whole `number` from one bound to the other. `choices`
    are as a field's, `exists(texts)` gives those that there are."""

    name: str
    label: str | Promise
    choices: Callable[[], Mapping[str, str | Promise]] | None = None
    exists: Callable[[Iterable[str]], set[str]] | None = None
    number: tuple[Decimal, Decimal] | None = None

    def fit(self, raw: object, *, is_strict: bool = True) -> Value:
        """Raises Misfit for what is no text or number, and, where strict, for what there is not."""
        if self.number:
            return Field(self.name, self.label, Kind.WHOLE, low=self.number[0], high=self.number[1]).fit(raw)
        word = a_text(raw, self.name)
        if is_strict and self.choices and word not in (offered := self.choices()):
            raise _not_offered(self.name, word, offered)
        if is_strict and self.exists and not self.exists([word]):
            raise Misfit("not_there", field=self.name, found=word)
        return word


class Vocabulary:
    """The fields that one company's rules can ask, by key; those that are `withheld` are known, and refused."""

    def __init__(self, fields: Iterable[Field], withheld: Iterable[Field] = ()):
        self.fields = {one.key: one for one in fields}
        self.withheld = {one.key: one for one in withheld}

    def of(self, asker: Membership | ApiToken) -> "Vocabulary":
        """What they may ask."""
        told = [(one, asker.can(one.permission)) for one in self.fields.values()]
        return Vocabulary([one for one, may in told if may], [one for one, may in told if not may])

    def field(self, key: str) -> Field:
        """Raises Misfit for one that is withheld, and with the nearest names for one that there is not."""
        if key in self.fields:
            return self.fields[key]
        if key in self.withheld:
            raise Misfit("withheld", field=self.withheld[key].label)
        near = difflib.get_close_matches(key[:60], self.fields, 3, 0.6)
        if near:
            raise Misfit("unknown_field_near", found=key[:60], near=listing(near), words=tuple(near))
        raise Misfit("unknown_field", found=key[:60])


def a_text(raw: object, name: str) -> str:
    """Raises Misfit."""
    if not isinstance(raw, str):
        raise Misfit("not_a_text", field=name, found=shown(raw))
    if not raw.strip():
        raise Misfit("empty_text")
    if len(raw) > LONGEST_TEXT:
        raise Misfit("text_too_long", most=LONGEST_TEXT)
    return raw


def shown(raw: object) -> str:
    """Whatever stood where another thing was expected."""
    if isinstance(raw, Decimal):
        return writing.value(raw) if abs(raw.adjusted()) < MOST_DIGITS else str(raw)[:60]
    if isinstance(raw, bool | date | Ago):
        return writing.value(raw)
    return f"“{str(raw)[:60]}”" if isinstance(raw, str) else str(raw)[:60]


def listing(words: Iterable[str]) -> str:
    return _(", ").join(words)


def _not_offered(name: str, word: str, offered: Mapping[str, object]) -> Misfit:
    if near := difflib.get_close_matches(word[:60], offered, 3, 0.6):
        return Misfit("not_there_near", field=name, found=word[:60], near=listing(near), words=tuple(near))
    if len(offered) <= MOST_OFFERED:
        return Misfit("not_a_choice", field=name, offered=listing(offered), found=f"“{word[:60]}”")
    return Misfit("not_there", field=name, found=word[:60])


def _order(value: Value) -> Value:
    return -value.days if isinstance(value, Ago) else value
