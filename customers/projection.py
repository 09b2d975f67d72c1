"""The golden record: which source's value survives, field by field. Values in, values out; no database."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from crm.lib import Unreadable, addresses, birthdays, emails, names, phones, text
from crm.lib.dates import DateReader
from customers import quality
from customers.models import Customer
from tenancy.encryption import EncryptedText

FIELDS = (
    "kind", "name", "family_name", "given_name", "gender", "birthday",
    "phone", "phone_2", "phone_3", "email", "email_2", "email_3", "openid", "unionid", "card", "id_number",
    "address", "province", "city", "district", "postcode", "country", "company", "title", "industry", "channel",
    "website", "note",
)  # fmt: skip
PERSON = Customer.Kind.PERSON.value
# Before the years that birthdays have here, or eight digits with a month or a day that no calendar has: written wrong,
# yet as a day. What a person wrote with dashes is refused as ever, for they may know which day was meant.
BEFORE_OUR_TIME = re.compile(r"1[0-8]\d\d([-/.]?)\d\d\1\d\d", re.A)
NO_CALENDARS = re.compile(r"(?:19|20)\d\d(?:(?:00|1[3-9]|[2-9]\d)\d\d|\d\d(?:00|3[2-9]|[4-9]\d))", re.A)
OF_PERSONS = {"gender_missing", "birthday_missing", "name_partial", "name_damaged"}
HAN = re.compile(f"[{text.HAN}]")
DAMAGED = re.compile("[\\d\ufffd?？]|测试|test", re.IGNORECASE)
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
    birth_is_lunar: bool
    phone: str | None
    email: str | None
    address: str | None
    province: str
    city: str
    district: str
    industry: str
    quality: int
    faults: int


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
    faults: list[str] = []
    name, given = _name(values, faults)
    spoken = text.pinyin(name)
    birthday = _birthday(values.get("birthday") or "", faults)
    phone, email = _phone(values.get("phone") or "", region, faults), _email(values.get("email") or "", faults)
    gender = GENDERS.get((values.get("gender") or "").strip().casefold(), "")
    province, city, district = _place(values, faults)
    if not phone and not email:
        faults.append("contact_missing")
    if not gender:
        faults.append("gender_missing")
    kind = values.get("kind") or PERSON
    found = quality.mask(faults if kind == PERSON else [key for key in faults if key not in OF_PERSONS])
    return Golden(
        kind=kind,
        name=name,
        name_key=text.name_key(name)[:200],
        given_key=text.name_key(given)[:200],
        pinyin=spoken.full[:400],
        initials=spoken.initials[:100],
        gender=gender,
        birth_month=birthday and birthday.month,
        birth_day=birthday and birthday.day,
        birth_year=str(birthday.year) if birthday and birthday.year else None,
        birth_is_lunar=bool(birthday and birthday.lunar),
        phone=phone,
        email=email,
        address=addresses.standard(values.get("address") or "") or None,
        province=province,
        city=city,
        district=district,
        industry=text.clean(values.get("industry") or "")[:100],
        quality=quality.score(found),
        faults=found,
    )


def birthday_of(customer: Customer) -> birthdays.Birthday | None:
    """The customer's birthday as it survived; None where it is not known."""
    if not customer.birth_month:
        return None
    year = int(customer.birth_year) if customer.birth_year else None
    return birthdays.Birthday(year, customer.birth_month, customer.birth_day, lunar=customer.birth_is_lunar)


def birthday_as_told(raw: str, dates: DateReader) -> str:
    """A birthday of a file as it is kept: as it came, or in the one form where only the file's other rows tell which
    number is the month. What is evidently a day, but written wrong, is kept too, as a fault to mend: it still tells who
    is who. Raises Unreadable."""
    try:
        birthdays.parse(raw)
    except Unreadable:
        written = text.clean(raw)
        if BEFORE_OUR_TIME.fullmatch(written) or NO_CALENDARS.fullmatch(written):
            return raw
        return str(birthdays.parse(raw, day_first=dates.day_first) or "")
    return raw


def digestible(content: Mapping[str, str]) -> str:
    """The content as one text: equal contents are equal."""
    return json.dumps(dict(content), ensure_ascii=False, sort_keys=True)


def opened(content: str) -> dict[str, str]:
    """What `digestible` made; an erased record says nothing."""
    return json.loads(content) if content else {}


def _name(values: Mapping[str, str], faults: list[str]) -> tuple[str, str]:
    """The name as it is shown, and the given name in it."""
    name = names.standard(values.get("name") or "") or _joined(values)
    parsed = names.parse(name)
    if not name:
        faults.append("name_missing")
    elif DAMAGED.search(name):
        faults.append("name_damaged")
    elif parsed.masked or (parsed.honorific and not parsed.given):
        faults.append("name_partial")
    return name[:200], parsed.given


def _joined(values: Mapping[str, str]) -> str:
    family, given = values.get("family_name") or "", values.get("given_name") or ""
    apart = " " if (family + given).isascii() else ""
    return names.standard(f"{given} {family}" if apart else family + given)


def _birthday(raw: str, faults: list[str]) -> birthdays.Birthday | None:
    try:
        birthday = birthdays.parse(raw)
    except Unreadable:
        faults.append("birthday_unreadable")
        return None
    if birthday is None or birthday.placeholder:
        faults.append("birthday_placeholder" if birthday else "birthday_missing")
    return birthday


def _phone(raw: str, region: str, faults: list[str]) -> str | None:
    """E.164 where it is a phone number, else as it came: what a person typed is not thrown away."""
    try:
        number = phones.standard(raw, region)
    except phones.PhoneError:
        faults.append("phone_unreadable")
        return text.clean(raw) or None
    if number and number.placeholder:
        faults.append("phone_placeholder")
    return number.e164 if number else None


def _email(raw: str, faults: list[str]) -> str | None:
    try:
        return emails.standard(raw)
    except emails.EmailError:
        faults.append("email_unreadable")
        return None


def _place(values: Mapping[str, str], faults: list[str]) -> tuple[str, str, str]:
    """Province, city and district: as they are told, else as the address says."""
    told = [text.clean(values.get(name) or "")[:100] for name in ("province", "city", "district")]
    address = values.get("address") or ""
    if not address:
        faults.append("address_missing")
        return tuple(told)
    begins = "".join(told)
    read = addresses.parse(address if address.startswith(told[0] or told[1]) else begins + address)
    found = [own or other for own, other in zip(told, (read.province, read.city, read.district), strict=True)]
    if not found[2] and HAN.search(address):
        faults.append("address_vague")
    return tuple(found)
