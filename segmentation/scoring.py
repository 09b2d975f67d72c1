"""Scoring a whole company: thresholds, the changes since the last time, and the export."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from django.db import connection

from segmentation import lifecycle, rfm, stats
from segmentation.models import Thresholds
from tenancy.database.bulk import fetch
from tenancy.models import Tenant

CENT = Decimal("0.01")


class Scored(NamedTuple):
    customers: int
    changed: int


class ScoreRow(NamedTuple):
    """One source record with its customer's figures."""

    source: str
    external_id: str
    recency_days: int
    frequency: int
    monetary: Decimal
    r: int
    f: int
    m: int
    stage: str


# All three write only rows whose score or stage moved. Present figures stand in the rows themselves; those of a past
# day, or of customers with orders after today, are joined by key once: with statistics that are not there yet (a
# first import) any other shape was planned as a scan per row.
PRESENT = """
    UPDATE segmentation_customerstats SET score = {score}, stage = {stage}
    WHERE frequency > 0 AND latest_at < %(end)s AND (score, stage) IS DISTINCT FROM ({score}, {stage})
    RETURNING customer_id, old.score, score, old.stage, stage
"""
JOINED = """
    UPDATE segmentation_customerstats s SET score = n.score, stage = n.stage
    FROM (SELECT customer_id, {score} AS score, {stage} AS stage FROM ({figures}) f WHERE frequency > 0) n
    WHERE s.customer_id = n.customer_id AND (s.score, s.stage) IS DISTINCT FROM (n.score, n.stage)
    RETURNING s.customer_id, old.score, s.score, old.stage, s.stage
"""
UNSCORED = """
    UPDATE segmentation_customerstats SET score = NULL, stage = 'prospect'
    WHERE (frequency = 0 OR first_at >= %(end)s) AND (score IS NOT NULL OR stage <> 'prospect')
    RETURNING customer_id, old.score, score, old.stage, stage
"""
NOTED = """
    WITH moved (customer_id, score_before, score, stage_before, stage) AS ({moving})
    INSERT INTO segmentation_scorechange
        (id, tenant_id, customer_id, day, score_before, score, stage_before, stage)
    SELECT uuidv7(), %(tenant)s, customer_id, %(day)s, score_before, score, stage_before, stage FROM moved
    RETURNING customer_id
"""
STAGE = """CASE WHEN last_at < %(lost_before)s THEN 'lost' WHEN last_at < %(at_risk_before)s THEN 'at_risk'
    WHEN frequency = 1 AND last_at >= %(new_since)s THEN 'new'
    WHEN frequency >= %(loyal_from)s THEN 'loyal' ELSE 'active' END"""


def score(as_of: date | None = None, *, full: bool = False) -> Scored:
    """Move the thresholds to the figures of `as_of` (default: the tenant's today) and note whose bands moved.

    With `full` the customers' rows are rebuilt from the orders first. Running again changes nothing.
    """
    tenant = Tenant.objects.get()
    as_of = as_of or stats.today(tenant.zone)
    if full:
        stats.rebuild()
    computed = rfm.compute_bins(as_of)
    if computed is None:
        return Scored(0, 0)
    new, customers = computed
    is_first = rfm.bins() is None
    rfm.store_bins(new, as_of=as_of)
    parts = {"score": _score_sql(), "stage": STAGE}
    parameters = _bounds(rfm.bins(), as_of, tenant)
    if as_of >= stats.today(tenant.zone):
        moving = [UNSCORED, PRESENT.format(**parts), JOINED.format(**parts, figures=rfm.LATER)]
    else:
        moving = [UNSCORED, JOINED.format(**parts, figures=rfm.figures_sql(as_of, tenant)[0])]
    # With the first run the history begins: before it nobody had a stage.
    noting = [statement if is_first else NOTED.format(moving=statement) for statement in moving]
    return Scored(customers, sum(len(fetch(statement, parameters)) for statement in noting))


def _bounds(bins: rfm.Bins, as_of: date, tenant: Tenant) -> dict:
    """Thresholds and stages as bounds on the rows' columns; days as the moments at which they begin."""

    def days_ago(days: int) -> datetime:
        return stats.start_of(as_of - timedelta(days=days), tenant.zone)

    rules = lifecycle.rules(as_of)
    return {
        "tenant": tenant.id,
        "day": as_of,
        "end": stats.end_of(as_of, tenant.zone),
        "r": [stats.end_of(day, tenant.zone) for day in bins.recency],
        "f": list(bins.frequency),
        "m": list(bins.monetary),
        "lost_before": days_ago(rules.lost_after),
        "at_risk_before": days_ago(rules.at_risk_after),
        "new_since": days_ago(rules.new_within),
        "loyal_from": rules.loyal_from,
    }


def _score_sql() -> str:
    """r·100 + f·10 + m over the columns last_at, frequency and monetary."""

    def above(test: str, name: str, kind: str) -> str:
        return "1 + " + " + ".join(f"({test} (%({name})s::{kind}[])[{k}])::int" for k in range(1, 5))

    r, f = above("last_at >=", "r", "timestamptz"), above("frequency >", "f", "bigint")
    return f"100 * ({r}) + 10 * ({f}) + ({above('monetary >', 'm', 'numeric')})"


def export(as_of: date | None = None) -> Iterator[ScoreRow]:
    """One row per source record of each scored customer, ordered by source and external id.

    Thresholds are those of `as_of`, each customer counted once; frozen ones stay as they are.
    """
    tenant = Tenant.objects.get()
    as_of = as_of or stats.today(tenant.zone)
    row = Thresholds.objects.first()
    computed = rfm.compute_bins(as_of)
    if computed is None:
        return
    bins = rfm.bins() if row and row.frozen else computed[0]
    figures, parameters = rfm.figures_sql(as_of, tenant)
    rules = lifecycle.rules(as_of)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT s.key, r.external_id, f.frequency, f.monetary, f.last_at
                FROM ({figures}) f
                JOIN customers_sourcerecord r ON r.customer_id = f.customer_id
                JOIN customers_source s ON s.id = r.source_id
                WHERE f.frequency > 0 ORDER BY s.key, r.external_id""",
            parameters,
        )
        for source, external_id, frequency, monetary, last_at in cursor:
            last_day = rfm.local_day(last_at, tenant.zone)
            recency = (as_of - last_day).days
            yield ScoreRow(
                source, external_id, recency, frequency, monetary.quantize(CENT, ROUND_HALF_UP),
                *bins.score(last_day=last_day, frequency=frequency, monetary=monetary),
                lifecycle.stage(recency_days=recency, frequency=frequency, rules=rules),
            )  # fmt: skip
