"""Who was erased and comes back, with a purchase or an old file, is a new customer: not in silence."""

from collections.abc import Mapping
from uuid import UUID

from customers.models import Customer, Source
from interactions import timeline
from privacy import erasure
from privacy.models import ErasedKey
from tenancy import audit

RETURNED = "customer.returned"


def note(source: Source, customers: Mapping[str, UUID]) -> None:
    """A row on the timeline and in the audit for each of these new records that stands on the list of erasures."""
    if not ErasedKey.objects.exists():
        return
    by_key = {erasure.record_key(source.key, reference): id for reference, id in customers.items()}
    known = ErasedKey.objects.filter(kind=ErasedKey.Kind.RECORD, digest__in=by_key).select_related("erasure")
    returned = {by_key[bytes(key.digest)]: key.erasure.receipt for key in known}
    for id, customer in Customer.objects.in_bulk(returned).items():
        timeline.record(customer, RETURNED, facts={"receipt": returned[id]})
        audit.record(RETURNED, customer, by=None, changes={"receipt": returned[id]})
