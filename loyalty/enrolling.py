"""A new member at the till: name and phone, in twenty seconds, with what they agreed to."""

import secrets
from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext as _

from customers import identifiers, identities
from customers.models import Customer, Identifier, Source
from interactions import timeline
from privacy import consent
from privacy.models import Channel, How, Purpose
from sales.placing import TILL
from tenancy import audit
from tenancy.database.bulk import fetch
from tenancy.models import Membership, Store

CARD_DIGITS = 11


class AlreadyMember(Exception):
    """The e-mail address is a customer's, who would be joined and not enrolled."""


def enrol(
    *,
    key: UUID,
    name: str,
    phone: str,
    purposes: Iterable[Purpose] = (),
    store: Store | None,
    by: Membership,
    email: str = "",
    gender: str = "",
) -> Customer:
    """A customer with a new member card, who agrees to `purposes` by text message under the newest policy.

    The same key again is the same customer. Raises AlreadyMember.
    """
    source, _made = Source.objects.get_or_create(key=TILL, defaults={"trust": 60})
    fetch("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"enrol:{key}"])
    known = Customer.objects.filter(records__source=source, records__external_id=str(key)).first()
    if known:
        return known
    if email and _is_claimed(email):
        raise AlreadyMember(_("Somebody has this e-mail address already. Find them instead."))
    told = {"name": name, "phone": phone, "email": email, "gender": gender, "card": new_card()}
    person = identities.Person(str(key), {field: value for field, value in told.items() if value})
    customer = Customer.objects.get(id=identities.record([person], source=source)[str(key)].customer_id)
    if store and customer.store_id is None:
        Customer.objects.filter(id=customer.id).update(store=store)
        customer.store = store
    consent.give(customer, purposes=purposes, channel=Channel.SMS, how=How.TILL, by=by)
    timeline.record(customer, timeline.CUSTOMER_CREATED, by=by, channel=TILL, store=store)
    audit.record("customer.enrolled", customer, by=by, changes={"fields": sorted(told)})
    return customer


def _is_claimed(email: str) -> bool:
    kind = Identifier.Kind.EMAIL
    digest = identifiers.digest(kind, identifiers.standard(kind, email))
    return Identifier.objects.filter(kind=kind, digest=digest, claim=True).exists()


def new_card() -> str:
    """Eleven random digits and one that catches a mistyped one (Luhn, ISO/IEC 7812-1)."""
    digits = "8" + "".join(secrets.choice("0123456789") for _place in range(CARD_DIGITS - 1))
    return digits + luhn(digits)


def luhn(digits: Iterable[str]) -> str:
    """The check digit that follows `digits`."""
    total = 0
    for place, digit in enumerate(reversed(list(digits))):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)
