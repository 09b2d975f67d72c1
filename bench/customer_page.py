"""The page of a customer with 2,000 timeline rows and 500 orders, and its panels."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from bench import companies
from bench.browser import Browser
from bench.measuring import report, sample
from customers import identities
from customers.models import Customer, Source, SourceRecord
from interactions import timeline
from interactions.models import Interaction
from sales import orders
from tenancy import context, lookups

ORDERS, EVENTS = 500, 2000
REFERENCE = "bench-regular"
TIMES = 60
PANELS = {
    "page": "",
    "figures": "figures/",
    "timeline": "timeline/",
    "orders": "orders/",
    "profile": "profile/",
}


def main() -> None:
    companies.get_all()
    for slug in (companies.THOUSAND, companies.MILLION):
        with context.entered(lookups.tenant_of_slug(slug)):
            customer = regular(companies.admin_of(slug))
        browser = Browser(slug)
        for panel, address in PANELS.items():
            measure(
                browser,
                f"customer_page.{panel}.{slug}",
                f"customers/{customer.id}/{address}",
                part=panel != "page",
            )


def regular(member) -> Customer:
    """Made through the product's own doors, once."""
    source = Source.objects.get(key="member")
    record = SourceRecord.objects.filter(source=source, external_id=REFERENCE).first()
    if record:
        return record.customer
    content = {
        "name": "王大海",
        "phone": "13912345678",
        "card": REFERENCE,
        "email": "regular@customer.example",
        "city": "上海",
    }
    known = identities.record([identities.Person(REFERENCE, content)], source=source)[REFERENCE]
    now = timezone.now()
    orders.record(
        [
            orders.Line(
                f"regular-{n}",
                str(k),
                REFERENCE,
                now - timedelta(days=n, hours=1),
                Decimal("59.90"),
                Decimal(1),
            )
            for n in range(ORDERS)
            for k in range(3)
        ],
        source=source,
    )
    customer = Customer.objects.get(id=known.customer_id)
    call = {"customer": customer, "kind": timeline.CALL_MADE, "actor": member, "text": "回访：很满意，下月还会来。"}
    Interaction.objects.bulk_create(
        Interaction(at=now - timedelta(hours=number), **call) for number in range(EVENTS - ORDERS)
    )
    return customer


def measure(browser: Browser, name: str, address: str, *, part: bool) -> None:
    sample(lambda _turn: browser.get(address, part=part), range(5))
    ours = sample(lambda _turn: browser.get(address, part=part), range(TIMES))
    asked = browser.queries(address, part=part).asked
    report(
        name, ours.p50, "ms p50", n=TIMES, p95=ours.p95, cpu=ours.cpu_p50, queries=len(asked),
        sql=sum(took for _sql, took in asked),
    )  # fmt: skip
