"""Scoring a whole company: thresholds, the changes since the last time, and the export."""

from collections.abc import Iterator
from datetime import date
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


# Both write only rows whose score or stage moved. Each joins the rows by their key once: with statistics that are
# not there yet (a first import) any other shape was planned as a scan per row.
ANNOUNCE = """
    UPDATE segmentation_customerstats s SET score = n.score, stage = n.stage
    FROM (
        SELECT customer_id, 100 * (1 + {r}) + 10 * (1 + {f}) + (1 + {m}) AS score,
               CASE WHEN recency > %(lost_after)s THEN 'lost' WHEN recency > %(at_risk_after)s THEN 'at_risk'
                    WHEN frequency = 1 AND recency <= %(new_within)s THEN 'new'
                    WHEN frequency >= %(loyal_from)s THEN 'loyal' ELSE 'active' END AS stage
        FROM (SELECT *, (last_at AT TIME ZONE %(zone)s)::date AS last_day,
                     %(as_of)s - (last_at AT TIME ZONE %(zone)s)::date AS recency
              FROM ({figures}) all_figures WHERE frequency > 0) f
    ) n
    WHERE s.customer_id = n.customer_id AND (s.score, s.stage) IS DISTINCT FROM (n.score, n.stage)
    RETURNING s.customer_id
"""
UNSCORE = """
    UPDATE segmentation_customerstats SET score = NULL, stage = 'prospect'
    WHERE (frequency = 0 OR first_at >= %(end)s) AND (score IS NOT NULL OR stage <> 'prospect')
    RETURNING customer_id
"""


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
    rfm.store_bins(computed, as_of=as_of)
    bins = rfm.bins()
    figures, parameters = rfm.figures_sql(as_of, tenant)
    parameters |= {
        "as_of": as_of, "r": list(bins.recency), "f": list(bins.frequency), "m": list(bins.monetary),
        **vars(lifecycle.DEFAULT),
    }  # fmt: skip
    moved = fetch(
        ANNOUNCE.format(
            figures=figures,
            r=_above("last_day", "r", "date"),
            f=_above("frequency", "f", "bigint"),
            m=_above("monetary", "m", "numeric"),
        ),
        parameters,
    )
    moved += fetch(UNSCORE, parameters)
    counted = fetch(f"SELECT count(*) FROM ({figures}) f WHERE frequency > 0", parameters)[0][0]
    return Scored(counted, len(moved))


def _above(value: str, name: str, kind: str) -> str:
    """SQL for the number of thresholds below a value."""
    return " + ".join(f"({value} > (%({name})s::{kind}[])[{k}])::int" for k in range(1, 5))


def export(as_of: date | None = None) -> Iterator[ScoreRow]:
    """One row per source record of each scored customer, ordered by source and external id.

    Thresholds are those of `as_of`, each customer counted once; frozen ones stay as they are.
    """
    tenant = Tenant.objects.get()
    as_of = as_of or stats.today(tenant.zone)
    row = Thresholds.objects.first()
    bins = rfm.bins() if row and row.frozen else rfm.compute_bins(as_of)
    if bins is None:
        return
    figures, parameters = rfm.figures_sql(as_of, tenant)
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
                lifecycle.stage(recency_days=recency, frequency=frequency),
            )  # fmt: skip
