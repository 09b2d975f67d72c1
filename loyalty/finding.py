"""Recognising a customer at the till, whatever the clerk's data scope: masked, and each search is kept."""

import re
from dataclasses import dataclass
from uuid import UUID

from crm.lib import text
from customers import profiles, search
from customers.models import Customer, Identifier
from loyalty.models import Account
from tenancy import audit
from tenancy.models import Membership

MOST = 12
TAIL = re.compile(r"\d{4}\Z")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be meant. `name` and `phone` are masked; `is_exact` where a whole phone, card or e-mail fits."""

    id: UUID
    name: str
    phone: str
    city: str
    points: int
    is_exact: bool


def find(query: str, *, region: str, by: Membership) -> list[Candidate]:
    """At most twelve customers of the company that fit a phone, its last four digits, a card, a QR code or a name.

    What was asked for is kept as a keyed hash, with how many were shown.
    """
    query = text.clean(query)[: search.LONGEST]
    ids = search.candidates(query, region=region, most=MOST) if len(query) > 1 else []
    customers = Customer.objects.in_bulk(ids)
    found = [customers[id] for id in ids if id in customers]
    exact = _exact(query, found)
    points = dict(Account.objects.filter(customer_id__in=ids).values_list("customer_id", "balance"))
    audit.record(
        "customer.looked_up",
        by=by,
        changes={"query": audit.fingerprint(query), "found": [str(one.id) for one in found]},
    )
    return [_candidate(one, points.get(one.id, 0), one.id in exact) for one in found]


def card(customer: Customer) -> str:
    """The number on the customer's member card or QR code; empty where they have none."""
    held = Identifier.objects.filter(customer=customer, kind=Identifier.Kind.CARD).order_by("-claim", "id").first()
    return held.value if held else ""


def _exact(query: str, found: list[Customer]) -> set[UUID]:
    """Those whom the whole query names: a name is no proof, nor are four digits."""
    if TAIL.match(query) or not any(character.isdigit() or character == "@" for character in query):
        return set()
    return {found[0].id} if len(found) == 1 else set()


def _candidate(customer: Customer, points: int, is_exact: bool) -> Candidate:
    phone = profiles.masked("phone", customer.phone) if customer.phone else ""
    return Candidate(customer.id, masked_name(customer.display_name), phone, customer.city, points, is_exact)


def masked_name(name: str) -> str:
    """张** or J*** S***: enough to ask "is it you?"."""
    words = name.split()
    if len(words) > 1:
        return " ".join(f"{word[0]}***" for word in words[:3])
    return f"{name[0]}**" if name else ""
