"""Rules counted live on a million customers: twenty typical ones, first on the sample, then exactly, held against SQL
over the raw orders; and `why` held against membership on random pairs."""

import time
from collections.abc import Callable
from random import Random

from django.db import connection

from bench import companies
from bench.measuring import report
from customers.models import Customer
from segmentation.segments import counting, explaining, reading, sql, vocabulary
from segmentation.segments.columns import building
from segmentation.segments.counting import Asked
from tenancy import context
from tenancy.database.bulk import fetch
from tenancy.models import Tenant

RULES = (
    "stage in (at_risk, lost) and m >= 4",
    "bought(90d) >= 3",
    "bought(365d) >= 12",
    "bought(60d) = 0 and orders >= 2",
    "spent(365d) >= 500",
    "spent(30d) >= 100 and city = 上海市",
    "spent(90d) < 50 and bought(90d) >= 1",
    "bought(2025-12-01..2026-02-28) >= 2",
    "bought(365d..180d) >= 3 and bought(180d) = 0",
    "gender = f and city in (上海市, 杭州市) and recency <= 30",
    "cell = champions or (r = 5 and f >= 4)",
    "average between 80 and 120 and orders >= 5",
    "first_order >= today-90d",
    "last_order < today-180d and spent_in_all >= 1000",
    "store in (S01, S02, S03) and stage = new",
    "not (stage = lost or stage = prospect) and bucket <= 10",
    "spent(365d) between 200 and 300 or bought(7d) >= 1",
    "r <= 2 and f >= 4 and not gender = m",
    "created >= today-365d and orders = 1 and recency > 60",
    "bought(730d) >= 20 and spent(90d) = 0",
)
PAIRS, TURNS = 100_000, 3


def main() -> None:
    tenant_id = companies.get_bought()
    begun = time.perf_counter()
    with context.entered(tenant_id):
        row = building.build()
    report("segments.columns_built", time.perf_counter() - begun, "s", customers=row.customers)
    first, exact = [], []
    for _turn in range(TURNS):
        for text in RULES:
            with context.entered(tenant_id):
                member = companies.admin_of(companies.BOUGHT)
                first.append(timed(lambda text=text, member=member: counting.count(rule(text), member, exact=False)))
            with context.entered(tenant_id):
                exact.append(timed(lambda text=text, member=member: counting.count(rule(text), member)))
    for name, times, limit in (("first", first, 50), ("exact", exact, 200)):
        ordered = sorted(times)
        p95 = ordered[int(len(ordered) * 0.95)]
        report(
            f"segments.{name}",
            p95,
            "ms p95",
            limit=limit,
            n=len(times),
            p50=ordered[len(ordered) // 2],
            most=ordered[-1],
        )
    with context.entered(tenant_id):
        report("segments.equal_to_raw", equal_to_raw(), "rules", limit=len(RULES))
        report("segments.why", disagreements(), "of 100,000 pairs", limit=0)


def rule(text: str) -> Asked:
    words = vocabulary.standing()
    return counting.asked(reading.parse(text, words), words=words)


def timed(act: Callable) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


# The tables of figures made anew from the orders alone. Temporary ones of the same name are found before the standing.
RAW = (
    """
    CREATE TEMPORARY TABLE segmentation_customerday ON COMMIT DROP AS
    SELECT customer_id, (at AT TIME ZONE %s)::date AS day, count(*) FILTER (WHERE total > refunded) AS orders,
           sum(total - refunded) AS amount
    FROM sales_order WHERE customer_id IS NOT NULL GROUP BY 1, 2
    """,
    """
    CREATE TEMPORARY TABLE segmentation_customerstats ON COMMIT DROP AS
    SELECT customer_id, count(*) FILTER (WHERE total > refunded) AS frequency, sum(total - refunded) AS monetary,
           min(at) FILTER (WHERE total > refunded) AS first_at, max(at) FILTER (WHERE total > refunded) AS last_at,
           max(at) AS latest_at, sum(total - refunded - cost) AS margin
    FROM sales_order WHERE customer_id IS NOT NULL GROUP BY 1
    """,
    "CREATE INDEX ON segmentation_customerday (customer_id, day)",
    "CREATE INDEX ON segmentation_customerstats (customer_id)",
    "ANALYZE segmentation_customerday",
    "ANALYZE segmentation_customerstats",
)


def equal_to_raw() -> int:
    """For how many of the rules SQL over the raw orders finds as many people."""
    found = [counting.count(rule(text), None).count for text in RULES]
    zone = Tenant.objects.get(id=context.current_tenant_id()).timezone
    with connection.cursor() as cursor:
        for statement in RAW:
            cursor.execute(statement, [zone] if "%s" in statement else None)
    return sum(map(same, RULES, found))


def same(text: str, found: int) -> bool:
    asked = rule(text)
    statement, parameters = sql.select(asked.node, asked.moment, asked.vocabulary)
    raw = fetch(f"SELECT count(*) FROM ({statement}) fitting", parameters)[0][0]
    if raw != found:
        report(f"segments.differs: {text}", found, "people", limit=raw)
    return raw == found


def disagreements() -> int:
    """Random customers, a twentieth of the pairs for each rule."""
    random, wrong = Random(20), 0
    ids = list(Customer.objects.order_by("id").values_list("id", flat=True)[: 10 * PAIRS])
    for text in RULES:
        asked, chosen = rule(text), random.sample(ids, min(len(ids), PAIRS // len(RULES)))
        held = explaining.fitting(asked.node, chosen, asked.moment, asked.vocabulary)
        wrong += len(held ^ counting.ids(asked, only=chosen))
    return wrong
