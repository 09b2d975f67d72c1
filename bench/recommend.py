"""What to offer to a customer of a million-strong company, beside the bare reading of that customer's lines."""

import time
from collections.abc import Callable
from datetime import date

from bench import companies
from bench.measuring import report
from customers.models import Customer
from segmentation.models import CustomerStats
from segmentation.recommending import building, history, offers
from tenancy import context, lookups
from tenancy.models import Tenant

CUSTOMERS = 200


def main() -> None:
    companies.get_all()
    with context.entered(lookups.tenant_of_slug(companies.MILLION)):
        begun = time.perf_counter()
        found = building.renew()
        report("recommend.renew", time.perf_counter() - begun, "s", **found)
    with context.entered(lookups.tenant_of_slug(companies.MILLION)):
        tenant, today = Tenant.objects.get(), date.today()
        ids = CustomerStats.objects.filter(frequency__gt=0).values_list("customer_id", flat=True)[:CUSTOMERS]
        customers = list(Customer.objects.filter(id__in=list(ids)))
        bare = timed(lambda one: history.read(one.id, tenant=tenant, today=today, left_out=[]), customers)
        whole = timed(lambda one: offers.recommend(one, tenant=tenant), customers)
        report("recommend.customer", whole, "ms", limit=bare, n=len(customers))


def timed(action: Callable[[Customer], object], customers: list[Customer]) -> float:
    """Milliseconds a customer."""
    begun = time.perf_counter()
    for customer in customers:
        action(customer)
    return (time.perf_counter() - begun) * 1000 / len(customers)
