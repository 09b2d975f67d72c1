"""Forgetting a customer. The rows stay, so that sums stay; what they say of the person is destroyed.

What other people wrote elsewhere that names the person cannot be known and is not looked for.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from customers import roots
from customers.models import Customer, Identifier, ImportRun, SourceRecord
from interactions import timeline
from privacy import consent, erasure_list, fates, leftovers, persons, reach
from privacy.models import ErasedKey, Erasure, How
from tenancy import audit, encryption
from tenancy.models import Job, Membership, Tenant
from webhooks import feed

ERASED = "customer.erased"


class NotNow(Exception):
    """The customer cannot be erased at the moment; the message says why and what to do."""


class AlreadyErased(NotNow):
    """There is nothing left of this customer."""


@transaction.atomic
def erase(
    customer: Customer,
    *,
    by: Membership | None,
    reason: Erasure.Reason = Erasure.Reason.REQUEST,
    at: datetime | None = None,
) -> Erasure:
    """Destroy what every model declares to be erased of this customer, with all who were merged into one with them; the
    row that is the receipt. No merge of theirs can be undone afterwards.

    `at` is the moment of the first erasure where a restored copy repeats one. Raises AlreadyErased, and NotNow
    while a file is being imported that may hold the person.
    """
    Tenant.objects.select_for_update(no_key=True).get()  # one at a time: receipts are numbered
    # Records first, as everybody does who writes to a customer (customers.merging.holding).
    list(SourceRecord.objects.select_for_update().filter(customer=roots.root(customer.id)).order_by("id"))
    customer = Customer.objects.select_for_update().get(id=roots.root(customer.id))
    if customer.erased_at:
        raise AlreadyErased(_("This customer has been erased already."))
    _require_no_import()
    records = list(SourceRecord.objects.select_for_update().filter(customer=customer).select_related("source"))
    consent.withdraw_all(customer, how=How.PAGE, by=by)
    rows = reach.rows_of(customer)
    known, keys = persons.known(rows), _keys(records, rows)
    counts = {model._meta.label: fates.apply(model, ids) for model, ids in rows.items()}
    counts = {name: count for name, count in counts.items() if count} | leftovers.empty(known)
    Customer.objects.filter(id__in=rows[Customer]).update(erased_at=at or timezone.now(), updated_at=timezone.now())
    erasure = _note(customer, keys, counts, by=by, reason=reason, at=at)
    entry = erasure_list.entry(erasure)
    transaction.on_commit(lambda: erasure_list.append([entry]), robust=True)
    transaction.on_commit(lambda: leftovers.empty_cache(known), robust=True)
    return erasure


def _note(customer, keys, counts, *, by, reason, at) -> Erasure:
    """The erasure on the list, on the timeline, in the audit and in the change feed."""
    last = Erasure.objects.aggregate(last=Max("number"))["last"] or 0
    erasure = Erasure.objects.create(
        number=last + 1, subject_id=customer.id, at=at or timezone.now(), by=by, reason=reason, counts=counts
    )
    ErasedKey.objects.bulk_create(
        [ErasedKey(erasure=erasure, kind=kind, digest=digest) for digest, kind in keys.items()]
    )
    timeline.record(customer, ERASED, by=by, facts={"receipt": erasure.receipt})
    audit.record(ERASED, customer, by=by, changes={"receipt": erasure.receipt, "reason": str(reason)})
    feed.record((ERASED, [customer.id]))
    return erasure


def _require_no_import() -> None:
    """Raises NotNow: a running import would write the person anew from its file."""
    open_states = [Job.State.WAITING, Job.State.RUNNING]
    run = ImportRun.objects.filter(job__state__in=open_states).first()
    if run is not None:
        raise NotNow(
            _("The file “%s” is being imported and may hold this person. Erase when the import has ended.") % run
        )


def _keys(records: Iterable[SourceRecord], rows: reach.Rows) -> dict[bytes, str]:
    """Keyed hashes of what the person was known by, of a purpose of their own: they match no live row."""
    keys = {record_key(record.source.key, record.external_id): ErasedKey.Kind.RECORD for record in records}
    for kind, digest in Identifier.objects.filter(id__in=rows.get(Identifier, ())).values_list("kind", "digest"):
        keys.setdefault(
            encryption.blind_index(f"{kind}:{bytes(digest).hex()}", purpose="erased"), ErasedKey.Kind.IDENTIFIER
        )
    return keys


def record_key(source: str, external_id: str) -> bytes:
    """What the list of erasures keeps of a source record."""
    return encryption.blind_index(f"{source}:{external_id}", purpose="erased")
