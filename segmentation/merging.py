"""The figures of customers who are merged and parted are computed anew from the orders they have."""

from collections.abc import Sequence
from uuid import UUID

from customers.registry import Hop, Parting
from sales.models import Order
from segmentation import stats
from tenancy.database.bulk import fetch
from tenancy.models import Membership


def follow(hops: Sequence[Hop], *, by: Membership | None) -> None:
    """The survivors' figures; of the others there are none, but what the last scoring run said stays."""
    fetch(
        """UPDATE segmentation_customerstats SET frequency = 0, monetary = 0, first_at = NULL, last_at = NULL,
           latest_at = NULL, days = 0, gap_squares = 0, margin = NULL, margin_of = NULL
           WHERE customer_id = ANY(%s)""",
        [[hop.customer_id for hop in hops]],
    )
    stats.refresh({id for hop in hops for id in (hop.customer_id, hop.into_id)}, held=True)


def follow_back(parting: Parting, *, by: Membership | None) -> None:
    compute({parting.root_id, *(hop.customer_id for hop in parting.hops)})


def follow_row(model: str, row_id: UUID, former: UUID, customer_id: UUID) -> None:
    """An order was given to another customer."""
    if model == Order._meta.label:
        compute({former, customer_id})


def compute(customer_ids: set[UUID]) -> None:
    """Figures of customers who are held; those without an order have none."""
    stats.refresh(customer_ids, held=True)
