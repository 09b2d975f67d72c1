"""One page of the customer list: filters, order and search, with each customer's figures beside the name."""

from dataclasses import dataclass, field

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
    known = None
    wants_prospects = filters.stage == Stage.PROSPECT
    if not wants_prospects and (filters != Filters() or sort in people.SORTS):
        sort = sort if sort in people.SORTS else "-last_at"
        rows = people.scored(filters, member=member, tenant=tenant).select_related("customer__store")
        if store:
            rows = rows.filter(customer__store=store)
        found = page(rows, by=[sort, "-customer_id"], size=size, cursor=cursor)
        known = {row.customer_id: row for row in found.rows}
        found.rows = [row.customer for row in found.rows]
    else:
        sort = "-created_at"
        if wants_prospects:
            unscored = filters == Filters(stage=Stage.PROSPECT)
            customers = people.prospects(customers) if unscored else customers.none()
        found = page(customers.select_related("store"), by=[sort, "-id"], size=size, cursor=cursor)
    figures = people.figures(found.rows, tenant=tenant, rows=known)
    pairs = [(customer, figures[customer.id]) for customer in found.rows]
    return Listing(pairs, found.older, found.newer, sort)


def _searched(filters: Filters, query: str, customers, *, member: Membership, tenant: Tenant) -> Listing:
    found = search.find(query, member=member, region=tenant.region)
    allowed = customers.select_related("store").in_bulk([c.id for c in found])
    figures = people.figures(found, tenant=tenant)
    rows = [(allowed[c.id], figures[c.id]) for c in found if c.id in allowed and filters.hold_for(figures[c.id])]
    return Listing(rows, searched=True)
