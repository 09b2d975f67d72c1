"""What the change feed tells of customers."""

from collections.abc import Collection
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from webhooks import kinds

CREATED = "customer.created"
CHANGED = "customer.changed"
REMOVED = "customer.removed"
MERGED = "customer.merged"
UNMERGED = "customer.unmerged"
ADDRESS = "/api/v1/customers/{id}/"
MERGES = "/api/v1/merges/{id}/"


def declare() -> None:
    kinds.declare(CREATED, _("A customer was added."), address=ADDRESS)
    kinds.declare(REMOVED, _("A customer is no more: the import that added it was undone."), address=ADDRESS)
    kinds.declare(CHANGED, _("What is known of a customer has changed."), address=ADDRESS)
    kinds.declare(MERGED, _("Customers were merged into one."), address=MERGES, also=_of_merges)
    kinds.declare(UNMERGED, _("A merge of customers was undone."), address=MERGES, also=_of_merges)


def _of_merges(ids: Collection[UUID]) -> dict[UUID, dict]:
    """Into whom, and who: what a program needs to follow."""
    from customers.models import Merge, MergeMember

    merged: dict[UUID, list[str]] = {}
    members = MergeMember.objects.filter(merge__in=list(ids)).order_by("id")
    for merge_id, customer_id in members.values_list("merge_id", "customer_id"):
        merged.setdefault(merge_id, []).append(str(customer_id))
    rows = Merge.objects.filter(id__in=list(ids)).values_list("id", "survivor_id")
    return {id: {"survivor": str(survivor_id), "merged": merged.get(id, [])} for id, survivor_id in rows}
