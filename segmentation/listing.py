"""One page of the customer list: filters, order and search, with each customer's figures beside the name."""

from dataclasses import dataclass, field

from django.db.models import prefetch_related_objects

from customers import search
from customers.models import Customer
from segmentation import people
from segmentation.lifecycle import Stage
from segmentation.people import Figures, Filters
from tenancy.models import Membership, Store, Tenant
from tenancy.paging import page


@dataclass
class Listing:
    rows: list[tuple[Customer, Figures]]
    older: str | None = None
    newer: str | None = None
    sort: str = "-created_at"
    searched: bool = field(default=False)


def listing(
    filters: Filters,
    *,
    member: Membership,
    tenant: Tenant,
    query: str = "",
    store: Store | None = None,
    sort: str = "",
    cursor: str | None = None,
    size: int = 50,
) -> Listing:
    """A page of the customers the member sees. Search gives at most 200 and no further page; the filters narrow
    what it found. Raises paging.BadCursor."""
    customers = Customer.objects.visible_to(member)
    if store:
        customers = customers.filter(store=store)
    if query.strip():
        return _searched(filters, query, customers, member=member, tenant=tenant)
    wants_prospects = filters.stage == Stage.PROSPECT
    if not wants_prospects and (filters != Filters() or sort in people.SORTS):
        sort = sort if sort in people.SORTS else "-last_at"
        rows = people.scored(filters, member=member, tenant=tenant)
        if store:
            rows = rows.filter(customer__store=store)
        found = page(rows, by=[sort, "-customer_id"], size=size, cursor=cursor)
        found.rows = [row.customer for row in found.rows]
    else:
        sort = "-created_at"
        if wants_prospects:
            unscored = filters == Filters(stage=Stage.PROSPECT)
            customers = people.prospects(customers) if unscored else customers.none()
        found = page(customers, by=[sort, "-id"], size=size, cursor=cursor)
    prefetch_related_objects(found.rows, "store")
    figures = people.figures(found.rows, tenant=tenant)
    pairs = [(customer, figures[customer.id]) for customer in found.rows]
    return Listing(pairs, found.older, found.newer, sort)


def _searched(filters: Filters, query: str, customers, *, member: Membership, tenant: Tenant) -> Listing:
    found = search.find(query, member=member, region=tenant.region)
    allowed = set(customers.filter(id__in=[c.id for c in found]).values_list("id", flat=True))
    prefetch_related_objects(found, "store")
    figures = people.figures(found, tenant=tenant)
    rows = [(c, figures[c.id]) for c in found if c.id in allowed and filters.hold_for(figures[c.id])]
    return Listing(rows, searched=True)
