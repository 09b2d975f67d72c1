"""The golden record: which source's value survives, field by field. Values in, values out; no database."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from crm.lib import phones, text
from customers import identifiers
from customers.models import Customer, Identifier

FIELDS = (
    "kind", "name", "family_name", "given_name", "gender", "birthday",
    "phone", "email", "openid", "unionid", "card", "address", "city", "industry",
)  # fmt: skip
COLUMNS = (
    "kind", "name", "name_key", "given_key", "pinyin", "initials", "gender", "birth_month", "birth_day",
    "birth_year", "phone", "email", "address", "city", "industry",
)  # fmt: skip
GENDERS = {"f": "f", "female": "f", "女": "f", "m": "m", "male": "m", "男": "m"}


class Told(NamedTuple):
    """What one source says of a person, and how much that weighs."""

    trust: int
    at: datetime
    content: Mapping[str, str]


def survive(told: Iterable[Told]) -> dict[str, str]:
    """Per field, the company's own among them, the value of the most trusted source, among equals of the most recent.
    Empty is no value, except where the most trusted source says so with None: staff cleared the field."""
    surviving: dict[str, str] = {}
    for source in sorted(told, key=lambda one: (one.trust, one.at)):
        for name, value in source.content.items():
            if value or value is None:
                surviving[name] = value or ""
    return surviving


def shown(customer: Customer) -> list:
    """All that `apply` sets, in plain, to be compared."""
    return [getattr(customer, name) for name in COLUMNS]


def apply(customer: Customer, values: Mapping[str, str], *, region: str) -> None:
    """Put surviving values on the customer, with the forms that search looks at. Does not save."""
    name = text.clean(values.get("name") or "") or _joined(values)
    customer.kind = values.get("kind") or Customer.Kind.PERSON
    customer.name = name[:200]
    customer.name_key = text.name_key(name)[:200]
    customer.given_key = text.name_key(text.split_name(name)[1])[:200]
    spoken = text.pinyin(name)
    customer.pinyin, customer.initials = spoken.full[:400], spoken.initials[:100]
    customer.gender = GENDERS.get((values.get("gender") or "").strip().casefold(), "")
    birthday = parsed_birthday(values.get("birthday") or "")
    customer.birth_month = birthday and birthday.month
    customer.birth_day = birthday and birthday.day
    customer.birth_year = str(birthday.year) if birthday else None
    customer.phone = _phone(values.get("phone") or "", region)
    customer.email = identifiers.standard(Identifier.Kind.EMAIL, values.get("email") or "") or None
    customer.address = text.clean(values.get("address") or "") or None
    customer.city = text.clean(values.get("city") or "")[:100]
    customer.industry = text.clean(values.get("industry") or "")[:100]


def parsed_birthday(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def digestible(content: Mapping[str, str]) -> str:
    """The content as one text: equal contents are equal."""
    return json.dumps(dict(content), ensure_ascii=False, sort_keys=True)


def opened(content: str) -> dict[str, str]:
    """What `digestible` made; an erased record says nothing."""
    return json.loads(content) if content else {}


def _joined(values: Mapping[str, str]) -> str:
    family, given = values.get("family_name") or "", values.get("given_name") or ""
    apart = " " if (family + given).isascii() else ""
    return text.clean(f"{given} {family}" if apart else family + given)


def _phone(raw: str, region: str) -> str | None:
    """E.164 where it is a phone number, else as it came: what a person typed is not thrown away."""
    try:
        number = phones.standard(raw, region)
    except phones.PhoneError:
        return text.clean(raw) or None
    return number.e164 if number else None
