"""One search for everything that has a name or number: customers, orders, pages."""

from dataclasses import dataclass, field
from itertools import islice

from crm import places
from crm.lib import text
from crm.places import Place
from customers import search
from customers.models import Customer
from customers.search import How, Match
from sales.models import Order
from tenancy.models import Membership, Tenant

CUSTOMERS, ORDERS, PAGES = 6, 4, 6
ALIKE = 40  # customers among whom the best are chosen
PAGE_OF_ITS_OWN = 50  # of each, on the page of the search


@dataclass
class Found:
    """What fits a query and the member may see, the best first. `more` where further customers fit."""

    query: str
    customers: list[tuple[Customer, How]] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    pages: list[Place] = field(default_factory=list)
    more: bool = False

    def __len__(self) -> int:
        return len(self.customers) + len(self.orders) + len(self.pages)


def find(query: str, *, member: Membership, tenant: Tenant, whole_page: bool = False) -> Found:
    """A handful of each kind, for while it is typed; up to fifty for a `whole_page`. Without a query the pages."""
    query = text.clean(query)[: search.LONGEST]
    if not query:
        return Found(query, pages=list(places.open_to(member, "")))
    most = PAGE_OF_ITS_OWN if whole_page else CUSTOMERS
    matches = search.matches(query, member=member, region=tenant.region, most=max(ALIKE, most + 1))
    orders = Order.objects.visible_to(member).numbered(query).select_related("customer").order_by("-at")
    return Found(
        query,
        customers=_customers(matches[:most]),
        orders=list(orders[:ORDERS]),
        pages=list(islice(places.open_to(member, query), PAGES)),
        more=len(matches) > most,
    )


def _customers(matches: list[Match]) -> list[tuple[Customer, How]]:
    """`matches` are already those whom the member sees."""
    rows = Customer.objects.select_related("store").in_bulk([match.id for match in matches])
    return [(rows[match.id], match.how) for match in matches if match.id in rows]
