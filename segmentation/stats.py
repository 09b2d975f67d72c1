"""The narrow row the scores are read from, kept in step with the orders, and the same figures at a past day."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from segmentation.models import CustomerStats
from tenancy import context
from tenancy.database.bulk import fetch

# What orders say of customers. An order counts where it is worth more than nothing after refunds.
FIGURES = """
    SELECT customer_id,
           count(*) FILTER (WHERE total - refunded > 0) AS frequency,
           sum(total - refunded) AS monetary,
           min(at) FILTER (WHERE total - refunded > 0) AS first_at,
           max(at) FILTER (WHERE total - refunded > 0) AS last_at,
           max(at) AS latest_at,
           sum(total - refunded - cost) AS margin
    FROM sales_order
    WHERE customer_id IS NOT NULL {condition}
    GROUP BY customer_id
"""

# The same with the days they are made of, in one statement; it returns the customers whose row moved. Of those who
# have no orders any more the row stays, for what the last scoring run said of them.
REFRESH = """
    WITH o AS MATERIALIZED (
        SELECT customer_id, at, (at AT TIME ZONE zone)::date AS day, total - refunded AS net, cost
        FROM sales_order, (SELECT timezone AS zone FROM tenancy_tenant WHERE id = %(tenant)s) t WHERE {whose}
    ), d AS MATERIALIZED (
        SELECT customer_id, day, count(*) FILTER (WHERE net > 0) AS orders, sum(net) AS amount
        FROM o GROUP BY customer_id, day
    ), kept AS (
        INSERT INTO segmentation_customerday AS k (tenant_id, customer_id, day, orders, amount)
        SELECT %(tenant)s, d.* FROM d
        ON CONFLICT (tenant_id, customer_id, day) DO UPDATE SET orders = excluded.orders, amount = excluded.amount
        WHERE (k.orders, k.amount) IS DISTINCT FROM (excluded.orders, excluded.amount)
        RETURNING customer_id
    ), gone AS (
        DELETE FROM segmentation_customerday k
        WHERE {whose} AND NOT EXISTS (SELECT FROM d WHERE d.customer_id = k.customer_id AND d.day = k.day)
        RETURNING customer_id
    ), rhythm AS (
        SELECT customer_id, count(*) AS days, coalesce(sum(gap * gap), 0) AS gap_squares FROM (
            SELECT customer_id, (day - lag(day) OVER (PARTITION BY customer_id ORDER BY day))::bigint AS gap
            FROM d WHERE orders > 0
        ) g GROUP BY customer_id
    ), f AS (
        SELECT customer_id, count(*) FILTER (WHERE net > 0) AS frequency, sum(net) AS monetary,
               min(at) FILTER (WHERE net > 0) AS first_at, max(at) FILTER (WHERE net > 0) AS last_at,
               max(at) AS latest_at, sum(net - cost) AS margin, sum(net) FILTER (WHERE cost IS NOT NULL) AS margin_of
        FROM o GROUP BY customer_id
    ), moved AS (
        INSERT INTO segmentation_customerstats AS s
            (tenant_id, customer_id, frequency, monetary, first_at, last_at, latest_at, margin, margin_of, days,
             gap_squares, stage)
        SELECT %(tenant)s, f.*, coalesce(days, 0), coalesce(gap_squares, 0), ''
        FROM f LEFT JOIN rhythm USING (customer_id)
        ON CONFLICT (tenant_id, customer_id) DO UPDATE SET
            frequency = excluded.frequency, monetary = excluded.monetary, first_at = excluded.first_at,
            last_at = excluded.last_at, latest_at = excluded.latest_at, days = excluded.days,
            gap_squares = excluded.gap_squares, margin = excluded.margin, margin_of = excluded.margin_of
        WHERE (s.frequency, s.monetary, s.first_at, s.last_at, s.latest_at, s.days, s.gap_squares, s.margin,
               s.margin_of) IS DISTINCT FROM
            (excluded.frequency, excluded.monetary, excluded.first_at, excluded.last_at, excluded.latest_at,
             excluded.days, excluded.gap_squares, excluded.margin, excluded.margin_of)
        RETURNING customer_id
    ), bare AS (
        UPDATE segmentation_customerstats s SET frequency = 0, monetary = 0, first_at = NULL, last_at = NULL,
            latest_at = NULL, days = 0, gap_squares = 0, margin = NULL, margin_of = NULL
        WHERE {whose} AND latest_at IS NOT NULL AND NOT EXISTS (SELECT FROM f WHERE f.customer_id = s.customer_id)
        RETURNING customer_id
    )
    SELECT customer_id FROM kept UNION SELECT customer_id FROM gone UNION SELECT customer_id FROM moved
    UNION SELECT customer_id FROM bare
"""
THESE = "customer_id = ANY(%(ids)s)"
ALL = "customer_id IS NOT NULL"


def refresh(customer_ids: Iterable[UUID], *, held: bool = False) -> int:
    """Bring the figures and days of these customers in step with their orders; returns of how many they moved.

    The customers are held first (unless the caller has `held` them), so of two orders written at once the later
    one sees the earlier.
    """
    ids = list(customer_ids)
    if not held:
        fetch("SELECT 1 FROM customers_customer WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [ids])
    return len(_refreshed(THESE, ids))


def rebuild() -> int:
    """The same from all orders of the tenant. Returns of how many customers the figures were wrong: none, if refresh
    is right."""
    return len(_refreshed(ALL))


def _refreshed(whose: str, ids: Collection[UUID] = ()) -> list[tuple]:
    return fetch(REFRESH.format(whose=whose), {"tenant": context.current_tenant_id(), "ids": list(ids)})


def spent(customer_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """What the customers have spent, less refunds, of those who have."""
    rows = CustomerStats.objects.filter(customer_id__in=list(customer_ids), monetary__gt=0)
    return dict(rows.values_list("customer_id", "monetary"))


def start_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment after the local day."""
    return start_of(day + timedelta(days=1), zone)


def today(zone: ZoneInfo) -> date:
    return timezone.now().astimezone(zone).date()
