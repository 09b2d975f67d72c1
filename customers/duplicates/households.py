"""Who lives with whom: told beside a customer, never merged.

Two customers belong to one household where they share a phone, or where matching has found them alike and a
contradiction (another given name, birthday or gender) says that they are two.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import F, Q
from django.utils.translation import gettext as _

from customers.matching import words
from customers.models import Customer, Identifier, Match
from tenancy.models import Membership

VETOES = ["given_name", "birthday", "gender"]
LARGEST = 8  # a phone of more customers is a shop's, a switchboard's or nobody's
MOST = 20


@dataclass
class Relation:
    """Another customer of the household, and why it is thought so."""

    customer: Customer
    reasons: list[str] = field(default_factory=list)


def household(customer: Customer, *, member: Membership) -> list[Relation]:
    """The others, as far as the member sees them, those with the most reasons first."""
    reasons: dict[UUID, list[str]] = defaultdict(list)
    for id in _sharing_a_phone(customer):
        reasons[id].append(_("same phone"))
    for id, told in _contradicted(customer):
        reasons[id] += told
    seen = Customer.objects.visible_to(member).filter(id__in=reasons, merged_into=None, erased_at=None)
    found = [Relation(one, list(dict.fromkeys(reasons[one.id]))) for one in seen.order_by("id")[:MOST]]
    return sorted(found, key=lambda one: -len(one.reasons))


def _sharing_a_phone(customer: Customer) -> set[UUID]:
    own = Identifier.objects.filter(customer=customer, kind=Identifier.Kind.PHONE)
    found: set[UUID] = set()
    for digest in {bytes(one) for one in own.values_list("digest", flat=True)[:MOST]}:
        holders = Identifier.objects.filter(kind=Identifier.Kind.PHONE, digest=digest)
        ids = set(holders.values_list("customer_id", flat=True).distinct()[: LARGEST + 1])
        if len(ids) <= LARGEST:
            found |= ids
    return found - {customer.id}


def _contradicted(customer: Customer) -> list[tuple[UUID, list[str]]]:
    """(customer, what speaks against one person) of those whose records are alike but for that."""
    ours = Q(left__customer=customer) | Q(right__customer=customer)
    rows = Match.objects.filter(ours, vetoes__overlap=VETOES).exclude(left__customer=F("right__customer"))
    told = rows.values_list("left__customer_id", "right__customer_id", "vetoes").order_by("-bits", "id")[:MOST]
    return [
        (right if left == customer.id else left, [words.veto(one) for one in vetoes if one in VETOES])
        for left, right, vetoes in told
    ]
