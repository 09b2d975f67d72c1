"""Erasing again, in a restored copy, whoever stands on the list of erasures (privacy.erasure_list)."""

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from customers.models import Customer, SourceRecord
from privacy import erasure
from tenancy import context, lookups
from tenancy.models import Job


def reapply(entries: Iterable[dict]) -> int:
    """Erase again who is present and stands on the list; how many there were. Again, it finds nobody."""
    by_tenant: dict[UUID, list[dict]] = {}
    for one in entries:
        by_tenant.setdefault(one["tenant"], []).append(one)
    count = 0
    for tenant_id in lookups.tenants():
        if tenant_id in by_tenant:
            with context.entered(tenant_id):
                count += _reapply(by_tenant[tenant_id])
    return count


def _reapply(entries: list[dict]) -> int:
    present = _present(entries)
    if present:
        _stop_imports()
    for customer in Customer.objects.filter(id__in=present, erased_at=None).order_by("id"):
        one = present[customer.id]
        erasure.erase(customer, by=None, reason=one["reason"], at=one["at"])
    return len(present)


def _present(entries: list[dict]) -> dict[UUID, dict]:
    """Customer → entry: by their id, and by a source record that is older than the erasure. A person who came
    back after it is a new customer and stays."""
    wanted = {one["customer"]: one for one in entries}
    present = {
        id: wanted[id] for id in Customer.objects.filter(id__in=wanted, erased_at=None).values_list("id", flat=True)
    }
    by_key = {key: one for one in entries for key in one["keys"]}
    records = SourceRecord.objects.filter(
        created_at__lte=max(one["at"] for one in entries), customer__erased_at=None
    ).select_related("source")
    for record in records.iterator(chunk_size=5000):
        one = by_key.get(erasure.record_key(record.source.key, record.external_id))
        if one and record.created_at <= one["at"]:
            present.setdefault(record.customer_id, one)
    return present


def _stop_imports() -> None:
    """An import that was under way when the backup was made may hold the erased; who wants it uploads it anew."""
    open_states = [Job.State.WAITING, Job.State.RUNNING]
    Job.objects.filter(kind__startswith="import.", state__in=open_states).update(
        state=Job.State.CANCELLED, ended_at=timezone.now()
    )
