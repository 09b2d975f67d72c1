"""Finding a customer: by any part of a name or its pinyin, by initials, phone, last four digits, card, e-mail.

Names are looked up by functions in the database that run outside of row-level security and carry the tenant in their
own conditions: under the policies a text index would not be used (DESIGN, section 3). Each is made so that one index
alone can answer it, whatever the planner believes of the company (migration 0020).
"""

import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from crm.lib import phones, text
from customers import identifiers
from customers.models import Customer, Identifier
from tenancy.database.bulk import fetch
from tenancy.models import Membership
from tenancy.permissions import Permission, Scope

LONGEST = 100
MOST = 200
WALK = 10_000  # a data scope of so many customers is looked through; a larger one narrows what the indexes give
DIGITS = re.compile(r"[\d\s+()\-－＋]{4,25}\Z")
IN_A_ROW = re.compile(r"[^\W_]{3}")  # without three letters in a row there is no trigram to look up
SHORT = 5  # letters of pinyin that are in every tenth name or in none
UNSAFE, ESCAPED = re.compile(r"[\\%_]"), r"\\\g<0>"
TAIL = re.compile(r"\d{4}\Z")
Row = tuple[UUID, int, datetime]
FIRST = """SELECT id, min(rank), max(at) FROM {}(%s, %s, %s, %s, %s, %s) GROUP BY id
    ORDER BY min(rank), max(at) DESC, id LIMIT %s"""
WITHIN = "SELECT * FROM customers_within(%s, %s, %s, %s, %s, %s, %s, %s)"


class How(StrEnum):
    """What of a customer fitted."""

    PHONE = "phone"
    EMAIL = "email"
    CARD = "card"
    REFERENCE = "reference"
    TAIL = "tail"
    NAME = "name"


class Match(NamedTuple):
    id: UUID
    how: How


class Needle(NamedTuple):
    """A query as the database is asked for it. `spelt` is what the pinyin begins with; the patterns are None where no
    name is looked for that merely contains the query."""

    key: str
    spelt: str
    pattern: str | None
    spelt_pattern: str | None

    @property
    def is_short(self) -> bool:
        return self.spelt_pattern is not None and self.spelt.isascii() and len(self.spelt) <= SHORT


class Reach(NamedTuple):
    """Whose customers are looked for: all where there are no `owners`."""

    owners: list[UUID] | None = None
    shop: UUID | None = None
    reader: UUID | None = None


def find(query: str, *, member: Membership, region: str) -> list[Customer]:
    """The customers the member sees that fit, best first, at most 200."""
    ids = [match.id for match in matches(query, member=member, region=region)]
    visible = Customer.objects.visible_to(member).in_bulk(ids)
    return [visible[id] for id in ids if id in visible]


def matches(query: str, *, member: Membership, region: str, most: int = MOST) -> list[Match]:
    """The customers the member sees that fit, best first, and what of them did.

    Whole identifiers come first, then names that are the query or begin with it, given names, initials, pinyin, then
    those that contain it (three characters at least); in each the lately changed first. Where more than `most` fit,
    those of a kind that are given are not always the latest.
    """
    if not member.can(Permission.CUSTOMERS_VIEW):
        return []
    if member.scope == Scope.ALL:
        return _matches(query, region, most, Reach())[:most]
    found = _matches(query, region, most, reach_of(member))
    ids = [match.id for match in found]
    visible = set(Customer.objects.visible_to(member).filter(id__in=ids).values_list("id", flat=True))
    return [match for match in found if match.id in visible][:most]


def candidates(query: str, *, region: str, most: int) -> list[UUID]:
    """Those of the whole company that fit, best first: the caller says who may see which."""
    return [match.id for match in _matches(query, region, most, Reach())[:most]]


def reach_of(member: Membership) -> Reach:
    """The member's data scope, which is not the whole company."""
    owners = [member.id]
    if member.scope == Scope.TEAM and member.team_id:
        owners += Membership.objects.filter(team_id=member.team_id).exclude(id=member.id).values_list("id", flat=True)
    return Reach(owners, member.store_id if member.scope == Scope.STORE else None, member.user_id)


def _matches(query: str, region: str, most: int, reach: Reach) -> list[Match]:
    query = text.clean(query)[:LONGEST].strip()
    if not query:
        return []
    exact = [Match(id, How(how)) for how, id in _identified(query, region)]
    named = [Match(id, How.NAME) for id in _named(needle_of(query), most, reach)]
    best = {}
    for match in (*exact, *named):
        best.setdefault(match.id, match)
    return list(best.values())


def needle_of(query: str) -> Needle:
    key = text.name_key(query).strip()
    spelt = (text.pinyin(key).full if key.isascii() else key) or key
    if not IN_A_ROW.search(key):
        return Needle(key, spelt, None, None)
    return Needle(key, spelt, _containing(key), _containing(spelt))


def _containing(part: str) -> str:
    return f"%{UNSAFE.sub(ESCAPED, part)}%"


def _named(needle: Needle, most: int, reach: Reach) -> list[UUID]:
    if reach.owners is not None:
        (_none, size, _at), *rows = fetch(WITHIN, [*needle, WALK, *reach])
        if size < WALK:
            return _ranked(rows)[:most]
    rows = fetch(FIRST.format("customers_begun"), [*needle[:2], most, *reach, most])
    for function, is_asked in (("customers_latest", needle.is_short), ("customers_containing", needle.pattern)):
        if is_asked and len(_ranked(rows)) < most:
            rows += fetch(FIRST.format(function), [*needle[2:], most, *reach, most])
    return _ranked(rows)[:most]


def _ranked(rows: Iterable[Row]) -> list[UUID]:
    """Each once at its best rank, in each rank the lately changed first."""
    rows = sorted(rows, key=lambda row: (row[1], -row[2].timestamp(), row[0]))
    return list(dict.fromkeys(id for id, _rank, _at in rows))


def _identified(query: str, region: str) -> list[tuple[str, UUID]]:
    """What fitted and whose it is; those who share the last four digits last, the newest of them first."""
    rows = fetch("SELECT how, id FROM customers_identified(%s, %s, %s, %s, %s)", digests(query, region))
    order = list(How)
    return sorted(sorted(rows, key=lambda row: row[1], reverse=True), key=lambda row: order.index(row[0]))


def digests(query: str, region: str) -> list[bytes | str | None]:
    """What the database looks for where the query is a phone, an e-mail, a card, a source's number or four digits."""
    phone = _phone(query, region)
    email = identifiers.standard(Identifier.Kind.EMAIL, query) if "@" in query else ""
    return [
        identifiers.digest(Identifier.Kind.PHONE, phone.e164) if phone else None,
        identifiers.digest(Identifier.Kind.EMAIL, email) if email else None,
        identifiers.digest(Identifier.Kind.CARD, identifiers.standard(Identifier.Kind.CARD, query)),
        query,
        identifiers.tail_digest(query) if TAIL.match(query) else None,
    ]


def _phone(query: str, region: str) -> phones.Phone | None:
    if not DIGITS.match(query):
        return None
    try:
        return phones.standard(query, region)
    except phones.PhoneError:
        return None
