"""Scoring a whole company: thresholds, the changes since the last time, and the export."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext_lazy as _

from segmentation import lifecycle, rfm, stats
from segmentation.models import Thresholds
from segmentation.prediction import telling
from segmentation.segments import following
from tenancy.database.bulk import by_pages
from tenancy.models import Tenant
from webhooks import feed, kinds

CENT = Decimal("0.01")
CHANGED = "scores.changed"  # of the company: who, is told by the score changes of the day


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
    p_buy: Decimal | None = None
    horizon_days: int | None = None
    clv: Decimal | None = None
    clv_low: Decimal | None = None
    clv_high: Decimal | None = None


SCORE = """100 * (1 + width_bucket(last_at, %(r)s::timestamptz[])) + 10 * (1 + width_bucket(frequency, %(f)s::int[]))
    + 1 + width_bucket(monetary, %(m)s::numeric[])"""
STAGE = """CASE WHEN last_at < %(lost_before)s THEN 'lost' WHEN last_at < %(at_risk_before)s THEN 'at_risk'
    WHEN frequency = 1 AND last_at >= %(new_since)s THEN 'new'
    WHEN frequency >= %(loyal_from)s THEN 'loyal' ELSE 'active' END"""
PRESENT_SCORE = f"CASE WHEN frequency > 0 THEN {SCORE} END"
PRESENT_STAGE = f"CASE WHEN frequency > 0 THEN {STAGE} ELSE 'prospect' END"
# Each writes only rows whose score or stage moved, and tells what they were.
TELL = "customer_id, old.score AS score_before, new.score AS score, old.stage AS stage_before, new.stage AS stage"
PRESENT = f"""
    UPDATE segmentation_customerstats s SET score = {PRESENT_SCORE}, stage = {PRESENT_STAGE}
    WHERE (frequency = 0 OR latest_at < %(end)s) AND (score, stage) IS DISTINCT FROM ({PRESENT_SCORE}, {PRESENT_STAGE})
    RETURNING s.{TELL}
"""
# Figures of a past day, or of customers with orders after today, are joined by key once: with statistics that are not
# there yet (a first import) any other shape was planned as a scan per row.
JOINED = f"""
    UPDATE segmentation_customerstats s SET score = n.score, stage = n.stage
    FROM (SELECT customer_id, {SCORE} AS score, {STAGE} AS stage FROM ({{figures}}) f WHERE frequency > 0) n
    WHERE s.customer_id = n.customer_id AND (s.score, s.stage) IS DISTINCT FROM (n.score, n.stage)
    RETURNING s.{TELL}
"""
UNSCORED = f"""
    UPDATE segmentation_customerstats s SET score = NULL, stage = 'prospect'
    WHERE (frequency = 0 OR first_at >= %(end)s) AND (score IS NOT NULL OR stage <> 'prospect')
    RETURNING s.{TELL}
"""
NOTED = """
    WITH moved AS ({moving})
    INSERT INTO segmentation_scorechange AS c
        (tenant_id, customer_id, day, score_before, score, stage_before, stage)
    SELECT %(tenant)s, customer_id, %(day)s, score_before, score, stage_before, stage FROM moved
    ON CONFLICT (tenant_id, day, customer_id) DO UPDATE SET score = excluded.score, stage = excluded.stage
"""
COUNTED = "WITH moved AS ({moving}) SELECT count(*) FROM moved"


def score(as_of: date | None = None, *, full: bool = False) -> Scored:
    """Move the thresholds to the figures of `as_of` (default: the tenant's today) and note whose bands moved.

    With `full` the customers' rows are rebuilt from the orders first. Running again changes nothing.
    """
    tenant = Tenant.objects.get()
    as_of = as_of or stats.today(tenant.zone)
    if full and stats.rebuild():
        following.look_again()
    computed = rfm.compute_bins(as_of)
    is_first = rfm.bins() is None
    if computed is None:  # whoever was scored before has nothing left that counts
        nobody = {"tenant": tenant.id, "day": as_of, "end": stats.end_of(as_of, tenant.zone)}
        return Scored(0, _moved([UNSCORED], nobody, is_noted=not is_first))
    rfm.store_bins(computed.bins, as_of=as_of)
    parameters = _bounds(rfm.bins(), as_of, tenant)
    if as_of < stats.today(tenant.zone):
        moving = [UNSCORED, JOINED.format(figures=rfm.figures_sql(as_of, tenant)[0])]
    elif computed.is_present:
        moving = [PRESENT]
    else:
        moving = [UNSCORED, JOINED.format(figures=rfm.AT_PRESENT)]
    # With the first run the history begins: before it nobody had a stage.
    return Scored(computed.customers, _moved(moving, parameters, is_noted=not is_first))


def _moved(statements: Sequence[str], parameters: dict, *, is_noted: bool) -> int:
    """How many rows they moved; where these are noted, the change feed says so once."""
    with by_pages() if statements == [PRESENT] else nullcontext():
        changed = sum(_move(one, parameters, is_noted=is_noted) for one in statements)
    if changed and is_noted:
        feed.record((CHANGED, [parameters["tenant"]]))
    return changed


def _move(statement: str, parameters: dict, *, is_noted: bool) -> int:
    with connection.cursor() as cursor:
        if is_noted:
            cursor.execute(NOTED.format(moving=statement), parameters)
            return cursor.rowcount
        cursor.execute(COUNTED.format(moving=statement), parameters)
        return cursor.fetchone()[0]


def _bounds(bins: rfm.Bins, as_of: date, tenant: Tenant) -> dict:
    """Thresholds and stages as bounds on the rows' columns; days as the moments at which they begin."""

    def days_ago(days: int) -> datetime:
        return stats.start_of(as_of - timedelta(days=days), tenant.zone)

    rules = lifecycle.rules(as_of)
    return {
        "tenant": tenant.id,
        "day": as_of,
        "end": stats.end_of(as_of, tenant.zone),
        **rfm.lowest_above(bins, tenant.zone),
        "lost_before": days_ago(rules.lost_after),
        "at_risk_before": days_ago(rules.at_risk_after),
        "new_since": days_ago(rules.new_within),
        "loyal_from": rules.loyal_from,
    }


def declare() -> None:
    """What the change feed tells of scores."""
    kinds.declare(CHANGED, _("Bands or stages of customers moved."), address="/api/v1/score-changes/")


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
    bins = rfm.bins() if row and row.frozen else computed.bins
    figures, parameters = rfm.figures_sql(as_of, tenant)
    rules = lifecycle.rules(as_of)
    said = telling.told(as_of)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT s.key, r.external_id, f.customer_id, f.frequency, f.monetary, f.last_at
                FROM ({figures}) f
                JOIN customers_sourcerecord r ON r.customer_id = f.customer_id
                JOIN customers_source s ON s.id = r.source_id
                WHERE f.frequency > 0 ORDER BY s.key, r.external_id""",
            parameters,
        )
        for source, external_id, customer_id, frequency, monetary, last_at in cursor:
            last_day = rfm.local_day(last_at, tenant.zone)
            recency = (as_of - last_day).days
            yield ScoreRow(
                source, external_id, recency, frequency, monetary.quantize(CENT, ROUND_HALF_UP),
                *bins.score(last_day=last_day, frequency=frequency, monetary=monetary),
                lifecycle.stage(recency_days=recency, frequency=frequency, rules=rules),
                *said.get(customer_id, ()),
            )  # fmt: skip
