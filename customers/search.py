"""Finding a customer: by any part of a name or its pinyin, by initials, phone, last four digits, card, e-mail.

Names are looked up by one function in the database that runs outside of row-level security and carries the
tenant in its own conditions: under the policies a text index would not be used (DESIGN, section 3).
"""

import re
from uuid import UUID

from crm.lib import phones, text
from customers import identifiers
from customers.models import Customer, Identifier, SourceRecord
from tenancy.database.bulk import fetch
from tenancy.models import Membership
from tenancy.permissions import Scope

LONGEST = 100
MOST = 200
MOST_UNSCOPED = 5000  # candidates before the member's data scope is applied
DIGITS = re.compile(r"[\d\s+()\-－＋]{4,25}\Z")


def find(query: str, *, member: Membership, region: str) -> list[Customer]:
    """The customers the member sees that fit, best first, at most 200.

    Exact identifiers come first, then names that begin like the query, then those that contain it. A member
    with a narrow scope sees the fitting among the first 5,000 of the company's.
    """
    most = MOST if member.scope == Scope.ALL else MOST_UNSCOPED
    ids = candidates(query, region=region, most=most)
    visible = Customer.objects.visible_to(member).in_bulk(ids)
    return [visible[id] for id in ids if id in visible][:MOST]


def candidates(query: str, *, region: str, most: int) -> list[UUID]:
    """Those of the whole company that fit, best first: the caller says who may see which."""
    query = text.clean(query)[:LONGEST]
    if not query:
        return []
    return list(dict.fromkeys([*_by_identifier(query, region), *_by_name(query, most)]))[:most]


def _by_name(query: str, most: int) -> list[UUID]:
    needle = text.name_key(query)
    if needle.isascii():
        needle = needle.strip()
    pattern = re.sub(r"([\\%_])", r"\\\1", needle)
    return [
        id for id, _rank in fetch("SELECT id, rank FROM customers_find(%s, %s, %s)", [needle, f"%{pattern}%", most])
    ]


def _by_identifier(query: str, region: str) -> list[UUID]:
    digests = [(Identifier.Kind.CARD, identifiers.standard(Identifier.Kind.CARD, query))]
    if "@" in query:
        digests.append((Identifier.Kind.EMAIL, identifiers.standard(Identifier.Kind.EMAIL, query)))
    if phone := _phone(query, region):
        digests.append((Identifier.Kind.PHONE, phone.e164))
    found = fetch(
        """SELECT i.customer_id FROM customers_identifier i
           JOIN unnest(%s::text[], %s::bytea[]) AS k (kind, digest) ON k.kind = i.kind AND k.digest = i.digest
           LIMIT 200""",
        [[str(kind) for kind, _value in digests], [identifiers.digest(*one) for one in digests]],
    )
    if re.fullmatch(r"\d{4}", query):
        found += fetch(
            "SELECT customer_id FROM customers_identifier WHERE tail = %s ORDER BY customer_id DESC LIMIT 200",
            [identifiers.tail_digest(query)],
        )
    references = SourceRecord.objects.filter(external_id=query).values_list("customer_id", flat=True)[:20]
    return [*(id for (id,) in found), *references]


def _phone(query: str, region: str) -> phones.Phone | None:
    if not DIGITS.match(query):
        return None
    try:
        return phones.standard(query, region)
    except phones.PhoneError:
        return None
