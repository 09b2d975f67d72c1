"""Scoring a million customers with twenty million orders after a day's orders and with nothing changed, beside a scan
of their rows."""

import time
from datetime import timedelta
from decimal import Decimal
from random import Random

from django.utils import timezone

from bench import companies
from bench.browser import Browser
from bench.measuring import report, rows_written, sample, server_cpu
from crm.lib.uuids import uuid7
from customers.models import Source
from sales import orders
from segmentation import scoring
from tenancy import context
from tenancy.database.bulk import fetch

SCAN = "SELECT sum(frequency), sum(monetary), max(last_at) FROM segmentation_customerstats"
DAYS = 3
BOUGHT = 27_000  # customers who order on one day, of a million


def main() -> None:
    tenant_id = companies.get_bought()
    with context.entered(tenant_id):
        scoring.score()
    scans, scores, again, moved = [], [], [], []
    for day in range(DAYS):
        with context.entered(tenant_id):
            days_orders()
        with context.entered(tenant_id):
            scans += [timed(lambda: fetch(SCAN)) for _turn in range(5)]
            scores.append(timed(lambda: moved.append(scoring.score().changed)))
        with context.entered(tenant_id):
            again.append(timed(lambda: scoring.score()))
            written = rows_written()
        report(f"rfm.day_{day + 1}", scores[-1][0], "s", limit=min(scans)[0], changed=moved[-1], written_again=written)
    limit = min(scans)
    report(
        "rfm.day", min(scores)[0], "s", limit=limit[0], n=DAYS, changed=max(moved),
        server_cpu=min(cpu for _wall, cpu in scores), scan_cpu=min(cpu for _wall, cpu in scans),
    )  # fmt: skip
    report(
        "rfm.nothing_changed", min(again)[0], "s", limit=limit[0], n=DAYS, rows_written=written,
        server_cpu=min(cpu for _wall, cpu in again),
    )  # fmt: skip
    panel(companies.BOUGHT)


def timed(action) -> tuple[float, float]:
    """Seconds of the clock, and of the server process's CPU."""
    cpu, begun = server_cpu(), time.perf_counter()
    action()
    return time.perf_counter() - begun, (server_cpu() or 0) - (cpu or 0)


def days_orders() -> None:
    """One order each of customers chosen at random, recorded as any other."""
    random = Random(uuid7().hex)
    source = Source.objects.get(key="member")
    now = timezone.now()
    chosen = random.sample(range(1_000_000), BOUGHT)
    orders.record(
        [
            orders.Line(
                f"day-{uuid7().hex}", "1", f"B{number:07d}", now - timedelta(minutes=random.randrange(60)),
                Decimal(random.randrange(20, 900)),
            )
            for number in chosen
        ],
        source=source,
    )  # fmt: skip


def panel(slug: str) -> None:
    """The home page and its heat map."""
    browser = Browser(slug)
    for name, address in (("home", ""), ("rfm_panel", "rfm/")):
        browser.get(address)
        ours = sample(browser.get, [address] * 9)
        asked = browser.queries(address).asked
        report(
            f"rfm.{name}.{slug}", ours.p50, "ms p50", n=9, p95=ours.p95, cpu=ours.cpu_p50, queries=len(asked),
            slowest_query=max(took for _sql, took in asked),
        )  # fmt: skip
