"""What a person is known by, to find it where nothing points at them: in cells, messages, kept answers."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from crm.lib import phones
from customers import projection
from customers.models import Customer, CustomField, Identifier, SourceRecord, SourceVersion
from privacy.reach import Rows

LONGEST = 300
SHORTEST = 6  # of Latin letters and digits: shorter ones stand in the data of half of the others too
SHORTEST_HAN = 2
# Said of many; alone they find nobody.
PLAIN = {
    "kind", "gender", "birthday", "country", "province", "city", "district", "postcode", "company", "title", "industry",
    "channel",
}  # fmt: skip
OF_MANY = {CustomField.Kind.CHOICE, CustomField.Kind.DATE, CustomField.Kind.BOOLEAN}
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
E164 = re.compile(r"\+\d{6,15}\Z")


@dataclass
class Known:
    """The names and numbers of one person; `ids` are those of the rows that speak of them."""

    values: set[str] = field(default_factory=set)
    ids: set[UUID] = field(default_factory=set)

    def __post_init__(self):
        forms = {_normal(value) for value in self.values}
        parts = [_pattern(form) for form in sorted(forms, key=len, reverse=True) if _tells(form)]
        self._pattern = re.compile("|".join(parts)) if parts else None

    def is_in(self, text: str) -> bool:
        if not text:
            return False
        named = self._pattern and self._pattern.search(_normal(text))
        return bool(named) or any(UUID(id) in self.ids for id in ID.findall(text))

    def without(self, value):
        """A JSON value with the strings emptied that speak of the person."""
        if isinstance(value, str):
            return "" if self.is_in(value) else value
        if isinstance(value, dict):
            return {("" if self.is_in(name) else name): self.without(part) for name, part in value.items()}
        return [self.without(part) for part in value] if isinstance(value, list) else value


def known(rows: Rows) -> Known:
    """What the customer's records say; free text about them is not searched for elsewhere."""
    values: set[str] = set()
    for customer in Customer.objects.filter(id__in=rows[Customer]):
        values.update(value or "" for value in (customer.name, customer.phone, customer.email, customer.address))
    values.update(SourceRecord.objects.filter(id__in=rows.get(SourceRecord, ())).values_list("external_id", flat=True))
    values.update(one.value or "" for one in Identifier.objects.filter(id__in=rows.get(Identifier, ())))
    plain = PLAIN | set(CustomField.objects.filter(kind__in=OF_MANY).values_list("key", flat=True))
    for version in SourceVersion.objects.filter(id__in=rows.get(SourceVersion, ())):
        values.update(_strings(projection.opened(version.content), plain))
    return Known({value for value in values if value and len(value) <= LONGEST}, set().union(*rows.values()))


def _strings(content: dict, plain: Collection[str]) -> Iterable[str]:
    return (value for name, value in content.items() if name not in plain and isinstance(value, str))


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _tells(form: str) -> bool:
    return len(form) >= (SHORTEST if form.isascii() else SHORTEST_HAN)


def _pattern(form: str) -> str:
    if E164.match(form):
        return _any_spelling(form)
    digits = re.sub(r"[\s()\-]", "", form)
    if re.fullmatch(r"\+?\d{6,15}", digits):
        return _spaced(digits.lstrip("+"))
    exact = re.escape(form)
    return rf"(?<![a-z0-9]){exact}(?![a-z0-9])" if form.isascii() else exact


def _any_spelling(e164: str) -> str:
    """The number with or without its country, however it is spaced."""
    try:
        phone = phones.standard(e164)
    except phones.PhoneError:
        phone = None
    return "|".join(_spaced(digits) for digits in (e164[1:], phone.national if phone else "") if digits)


def _spaced(digits: str) -> str:
    return r"(?<!\d)" + r"[\s()\-.]*".join(digits) + r"(?!\d)"
