"""The golden record: which source's value survives, field by field. Values in, values out; no database."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from crm.lib import phones, text
from customers import identifiers
from customers.models import Customer, Identifier
from tenancy.encryption import EncryptedText

FIELDS = (
    "kind", "name", "family_name", "given_name", "gender", "birthday",
    "phone", "email", "openid", "unionid", "card", "address", "city", "industry",
)  # fmt: skip
GENDERS = {"f": "f", "female": "f", "女": "f", "m": "m", "male": "m", "男": "m"}


class Golden(NamedTuple):
    """The columns of a customer that its sources decide."""

    kind: str
    name: str
    name_key: str
    given_key: str
    pinyin: str
    initials: str
    gender: str
    birth_month: int | None
    birth_day: int | None
    birth_year: str | None
    phone: str | None
    email: str | None
    address: str | None
    city: str
    industry: str


COLUMNS = Golden._fields
ENCRYPTED = [
    (place, name) for place, name in enumerate(COLUMNS) if isinstance(Customer._meta.get_field(name), EncryptedText)
]


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


def survive_alone(content: Mapping[str, str]) -> dict[str, str]:
    """`survive` where one source alone speaks."""
    return {name: value for name, value in content.items() if value}


def golden(values: Mapping[str, str], *, region: str) -> Golden:
    """The customer's columns from surviving values, with the forms that search looks at."""
    name = text.clean(values.get("name") or "") or _joined(values)
    spoken = text.pinyin(name)
    birthday = parsed_birthday(values.get("birthday") or "")
    return Golden(
        kind=values.get("kind") or Customer.Kind.PERSON.value,
        name=name[:200],
        name_key=text.name_key(name)[:200],
        given_key=text.name_key(text.split_name(name)[1])[:200],
        pinyin=spoken.full[:400],
        initials=spoken.initials[:100],
        gender=GENDERS.get((values.get("gender") or "").strip().casefold(), ""),
        birth_month=birthday and birthday.month,
        birth_day=birthday and birthday.day,
        birth_year=str(birthday.year) if birthday else None,
        phone=_phone(values.get("phone") or "", region),
        email=identifiers.standard(Identifier.Kind.EMAIL, values.get("email") or "") or None,
        address=text.clean(values.get("address") or "") or None,
        city=text.clean(values.get("city") or "")[:100],
        industry=text.clean(values.get("industry") or "")[:100],
    )


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
