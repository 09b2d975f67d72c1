"""One page of the customer list: filters, order and search, with each customer's figures beside the name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q, QuerySet

from customers import search
from customers.models import Customer
from customers.search import How, Match
from segmentation import people
from segmentation.lifecycle import Stage
from segmentation.people import Figures, Filters
from tenancy.models import Membership, Store, Tenant
from tenancy.paging import page
from tenancy.permissions import Scope


@dataclass
class Listing:
    rows: list[tuple[Customer, Figures]]
    older: str | None = None
    newer: str | None = None
    sort: str = "-created_at"
    searched: bool = False
    found: int = 0  # by a search, of which the first are in `rows`
    query: str = ""
    how: dict[UUID, How] = field(default_factory=dict)  # what of each customer fitted the query


def listing(
    filters: Filters,
    *,
    member: Membership,
    tenant: Tenant,
    query: str = "",
    store: Store | None = None,
    conditions: Sequence[Q] = (),
    sort: str = "",
    cursor: str | None = None,
    size: int = 50,
    related: Sequence[str] = ("store",),
) -> Listing:
    """A page of the customers the member sees. Search gives the first `size` of at most 200 and no further page; the
    filters and the `conditions` (on Customer) narrow what it found. `related` is read along. Raises
    paging.BadCursor."""
    if store:
        conditions = [*conditions, Q(store=store)]
    customers = Customer.objects.visible_to(member)
    for condition in conditions:
        customers = customers.filter(condition)
    if query.strip():
        matches = search.matches(query, member=member, region=tenant.region)
        ids = [match.id for match in matches]
        if conditions or filters != Filters():
            ids = _left(filters, ids, customers, tenant=tenant)
        return _searched(query, ids, matches, _with(customers, related), tenant=tenant, size=size)
    known = None
    wants_prospects = filters.stage == Stage.PROSPECT
    if not wants_prospects and (filters != Filters() or sort in people.SORTS):
        sort = sort if sort in people.SORTS else "-last_at"
        rows = people.with_figures(filters, tenant=tenant).select_related(
            "customer", *(f"customer__{name}" for name in related)
        )
        if conditions or member.scope != Scope.ALL:
            rows = rows.filter(customer__in=customers)
        found = page(rows, by=[sort, "-customer_id"], size=size, cursor=cursor)
        known = {row.customer_id: row for row in found.rows}
        found.rows = [row.customer for row in found.rows]
    else:
        sort = "-created_at"
        if wants_prospects:
            unscored = filters == Filters(stage=Stage.PROSPECT)
            customers = people.prospects(customers) if unscored else customers.none()
        found = page(_with(customers, related), by=[sort, "-id"], size=size, cursor=cursor)
    figures = people.figures(found.rows, tenant=tenant, rows=known)
    pairs = [(customer, figures[customer.id]) for customer in found.rows]
    return Listing(pairs, found.older, found.newer, sort)


def _with(customers: QuerySet[Customer], related: Sequence[str]) -> QuerySet[Customer]:
    return customers.select_related(*related) if related else customers


def _left(filters: Filters, ids: list[UUID], customers: QuerySet[Customer], *, tenant: Tenant) -> list[UUID]:
    """Those of the found that are among `customers` and fit the filters, in their order."""
    allowed = customers.only("id").in_bulk(ids)
    found = [allowed[id] for id in ids if id in allowed]
    if filters != Filters():
        figures = people.figures(found, tenant=tenant)
        found = [customer for customer in found if filters.hold_for(figures[customer.id])]
    return [customer.id for customer in found]


def _searched(
    query: str, ids: list[UUID], matches: list[Match], customers: QuerySet[Customer], *, tenant: Tenant, size: int
) -> Listing:
    """Whole rows for those that are shown alone: it is asked at every key that is typed."""
    rows = customers.in_bulk(ids[:size])
    shown = [rows[id] for id in ids[:size] if id in rows]
    figures = people.figures(shown, tenant=tenant)
    pairs = [(customer, figures[customer.id]) for customer in shown]
    return Listing(pairs, searched=True, found=len(ids), query=query, how=dict(matches))
