"""The customer list of a thousand and of a million, beside a bare Django list of fifty rows."""

from django.test import override_settings

from bench import companies
from bench.browser import BARE, Browser
from bench.measuring import Sample, report, sample
from customers.models import Customer
from segmentation.models import CustomerStats
from tenancy import context, lookups, paging

ROUNDS = 4
BATCH = 10
WAYS = {
    "first": "customers/?",
    "spent": "customers/?sort=-monetary",
    "last_order": "customers/?sort=-last_at",
    "orders": "customers/?sort=-frequency",
    "lost": "customers/?stage=lost",
    "active_by_spent": "customers/?stage=active&sort=-monetary",
    "prospects": "customers/?stage=prospect",
    "r5f5": "customers/?r=5&f=5",
    "r1f5m5_by_spent": "customers/?r=1&f=5&m=5&sort=-monetary",
}


def main() -> None:
    companies.get_all()
    for slug in (companies.THOUSAND, companies.MILLION):
        browser = Browser(slug)
        addresses = dict(WAYS)
        for way in ("first", "spent"):
            for place in ("second", "middle"):
                addresses[f"{way}_{place}_page"] = f"{WAYS[way]}&after={cursor(slug, way, place)}"
        for way, address in addresses.items():
            measure(browser, f"list_page.{way}.{slug}", address)


def cursor(slug: str, way: str, place: str) -> str:
    """Of the second page, or of one half way down the list."""
    with context.entered(lookups.tenant_of_slug(slug)):
        rows, by = Customer.objects.all(), ["-created_at", "-id"]
        if way == "spent":
            rows, by = CustomerStats.objects.filter(frequency__gte=1), ["-monetary", "-customer_id"]
        if place == "middle":
            name = by[0].lstrip("-")
            middle = rows.order_by(name).values_list(name, flat=True)[rows.count() // 2]
            rows = rows.filter(**{f"{name}__lt": middle})
        return paging.page(rows, by=by).older


def measure(browser: Browser, name: str, address: str) -> None:
    """Ours and the bare page by turns, so that both meet the same load."""
    browser.get(address)
    ours, bare = Sample([], []), Sample([], [])
    for _round in range(ROUNDS):
        ours += sample(browser.get, [address] * BATCH)
        with override_settings(**BARE):
            bare += sample(browser.get_bare, [None] * BATCH)
    queries = browser.queries(address)
    report(
        name, ours.cpu_p50, "CPU ms", limit=bare.cpu_p50, n=len(ours.cpu),
        p50=ours.p50, p95=ours.p95, bare_p50=bare.p50, queries=len(queries.asked),
        sql=sum(took for _sql, took in queries.asked), slowest_query=max(queries.asked, key=lambda one: one[1])[1],
    )  # fmt: skip
