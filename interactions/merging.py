"""The timeline when customers are merged and parted."""

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from customers.registry import Hop, Parting
from interactions import timeline
from interactions.models import Interaction
from interactions.timeline import Happening
from tenancy.models import Membership

MERGED = "customer.merged"
UNMERGED = "customer.unmerged"


def tell(hops: Sequence[Hop], *, by: Membership | None) -> None:
    """Each merge stands once on its survivor's timeline."""
    at = timezone.now()
    merges = {hop.merge_id: hop.into_id for hop in hops}
    timeline.record_many(
        MERGED, [Happening(merge_id, survivor, None, at) for merge_id, survivor in merges.items()], by=by
    )


def tell_undone(parting: Parting, *, by: Membership | None) -> None:
    """It stands on the timeline of who had the rows."""
    told = Happening(parting.merge_id, parting.root_id, None, timezone.now())
    timeline.record_many(UNMERGED, [told], by=by)


def follow_row(model: str, row_id: UUID, former: UUID, customer_id: UUID) -> None:
    """What tells of a row goes where that goes."""
    Interaction.objects.filter(subject_id=row_id, customer_id=former).update(customer_id=customer_id)
