"""The values that come in and go out, each with its bounds. None of them echoes what was sent."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.drainage import set_override
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.lib.dates import FIRST_YEAR, LAST_YEAR
from customers.models import Source

WHOLE_DIGITS, DECIMAL_PLACES = 12, 4
AMOUNT = re.compile(rf"-?\d{{1,{WHOLE_DIGITS}}}(\.\d{{1,{DECIMAL_PLACES}}})?", re.ASCII)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
WHOLE = re.compile(r"\d{1,9}", re.ASCII)
POSITION = re.compile(r"\d{1,18}", re.ASCII)
MOST_POSITION = 10**18 - 1
IDENTITY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
SOURCE = re.compile(r"[\w.-]+")
CENT = Decimal("0.01")


class Text(serializers.CharField):
    """A string and nothing that could be made one; space around it goes."""

    def __init__(self, max_length: int, **options):
        shortest = None if options.get("allow_blank") else 1
        super().__init__(max_length=max_length, min_length=shortest, **options)

    def run_validation(self, data=serializers.empty):
        if data is not serializers.empty and data is not None and not isinstance(data, str):
            self.fail("invalid")
        return super().run_validation(data)


class Choice(serializers.ChoiceField):
    """One of a few words."""

    default_error_messages = {"invalid_choice": _("Not one of the choices.")}

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid_choice")
        return super().to_internal_value(data)


class SourceKey(Text):
    """The name of a system that customers and orders come from; “staff” and “till” are ours and only read."""

    default_error_messages = {
        "not_a_key": _("Letters, digits, dot, hyphen and underscore."),
        "reserved": _("This source is our own; choose another name."),
    }

    def __init__(self, *, reads: bool = False, **options):
        super().__init__(60, **options)
        self.reads = reads

    def to_internal_value(self, data):
        value = super().to_internal_value(data)
        if not SOURCE.fullmatch(value):
            self.fail("not_a_key")
        if value in (*Source.OURS, Source.EXPORT) and not self.reads:
            self.fail("reserved")
        return value


@extend_schema_field({"type": "string", "format": "uuid"})
class Identity(serializers.Field):
    """The id of a row."""

    default_error_messages = {"invalid": _("Not an id.")}

    def to_internal_value(self, data):
        if not isinstance(data, str) or not IDENTITY.fullmatch(data):
            self.fail("invalid")
        return UUID(data)

    def to_representation(self, value):
        return str(value)


@extend_schema_field({"oneOf": [{"type": "string", "pattern": f"^{AMOUNT.pattern}$"}, {"type": "number"}]})
class Amount(serializers.Field):
    """A decimal number, best as a string: at most 12 digits before the point and 4 behind it."""

    default_error_messages = {
        "invalid": _("Not a decimal number with at most 12 digits before the point and 4 behind it.")
    }

    def to_internal_value(self, data) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, str | int | float):
            self.fail("invalid")
        written = str(data)
        if not AMOUNT.fullmatch(written):
            self.fail("invalid")
        return Decimal(written) + 0  # -0 becomes 0


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "pattern": f"^(?!0*(\\.0*)?$){AMOUNT.pattern.lstrip('-?')}$"},
            {"type": "number", "exclusiveMinimum": 0},
        ]
    }
)
class PositiveAmount(Amount):
    """An amount of more than nothing."""

    default_error_messages = {"not_positive": _("More than zero is needed.")}

    def to_internal_value(self, data) -> Decimal:
        value = super().to_internal_value(data)
        if value <= 0:
            self.fail("not_positive")
        return value


@extend_schema_field({"type": "string", "pattern": r"^-?\d+\.\d{2,4}$", "examples": ["128.50"]})
class Money(serializers.Field):
    """An amount that goes out: a string with two to four decimals."""

    def to_representation(self, value: Decimal) -> str:
        cents = value.quantize(CENT)
        return str(cents) if cents == value else f"{value.normalize():f}"


class Secret(Money):
    """An amount for those who see the company's figures: others are told null."""

    def to_representation(self, value: Decimal) -> str | None:
        return super().to_representation(value) if self.context.get("sees_figures") else None


@extend_schema_field({"type": "string", "pattern": r"^-?\d+(\.\d{1,4})?$", "examples": ["2"]})
class Number(serializers.Field):
    """A quantity that goes out, without needless zeros."""

    def to_representation(self, value: Decimal) -> str:
        return f"{value.normalize() + 0:f}"


@extend_schema_field({"type": "string", "format": "date-time"})
class Moment(serializers.Field):
    """ISO 8601, 1900 to 2100. Without an offset it is read in the company's time zone; UTC goes out."""

    default_error_messages = {"invalid": _("Not a time as in 2025-03-04T15:30:00+08:00, from 1900 to 2100.")}

    def to_internal_value(self, data) -> datetime:
        if not isinstance(data, str) or not MOMENT.fullmatch(data):
            self.fail("invalid")
        try:
            moment = datetime.fromisoformat(data)
        except ValueError:
            self.fail("invalid")
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            self.fail("invalid")
        if moment.tzinfo is None:
            moment = timezone.make_aware(moment)
        return moment.astimezone(UTC)

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


@extend_schema_field({"type": "string", "format": "date"})
class Day(serializers.Field):
    """YYYY-MM-DD, from 1900 to 2100."""

    default_error_messages = {"invalid": _("Not a day as in 2025-12-31, from 1900 to 2100.")}

    def to_internal_value(self, data) -> date:
        if not isinstance(data, str) or not DAY.fullmatch(data):
            self.fail("invalid")
        try:
            day = date.fromisoformat(data)
        except ValueError:
            self.fail("invalid")
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            self.fail("invalid")
        return day

    def to_representation(self, value: date) -> str:
        return value.isoformat()


class Birthday(Day):
    """YYYY-MM-DD, from 1900 to today."""

    default_error_messages = {"invalid": _("Not a day as in 1990-12-31, from 1900 to today.")}

    def to_internal_value(self, data) -> date:
        day = super().to_internal_value(data)
        if day > timezone.localdate():
            self.fail("invalid")
        return day


class Whole(serializers.IntegerField):
    """A whole number in an address."""

    def to_internal_value(self, data):
        if not isinstance(data, str) or not WHOLE.fullmatch(data):
            self.fail("invalid")
        return int(data)


class Position(serializers.Field):
    """A place in the change feed, or one of a few words; in a body also as a number."""

    default_error_messages = {"invalid": _("Not a position.")}

    def __init__(self, *, words: Sequence[str] = (), **options):
        super().__init__(**options)
        self.words = words
        whole = {"type": "integer", "minimum": 0, "maximum": MOST_POSITION}
        schema = {"oneOf": [whole, {"type": "string", "enum": [*words]}]} if words else whole
        set_override(self, "field", schema)

    def to_internal_value(self, data) -> int | str:
        if data in self.words:
            return data
        if isinstance(data, str) and POSITION.fullmatch(data):
            data = int(data)
        if isinstance(data, bool) or not isinstance(data, int) or not 0 <= data <= MOST_POSITION:
            self.fail("invalid")
        return data


@extend_schema_field({"type": "boolean"})
class Flag(serializers.Field):
    """true or false, in an address."""

    default_error_messages = {"invalid": _("Write true or false.")}

    def to_internal_value(self, data) -> bool:
        if data not in ("true", "false"):
            self.fail("invalid")
        return data == "true"
