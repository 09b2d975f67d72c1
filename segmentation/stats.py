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
           max(at) AS latest_at
    FROM sales_order
    WHERE customer_id IS NOT NULL {condition}
    GROUP BY customer_id
"""

UPSERT = f"""
    INSERT INTO segmentation_customerstats AS s
        (tenant_id, customer_id, frequency, monetary, first_at, last_at, latest_at, stage)
    SELECT %(tenant)s, f.*, '' FROM ({FIGURES}) f
    ON CONFLICT (tenant_id, customer_id) DO UPDATE SET
        frequency = excluded.frequency, monetary = excluded.monetary,
        first_at = excluded.first_at, last_at = excluded.last_at, latest_at = excluded.latest_at
    WHERE (s.frequency, s.monetary, s.first_at, s.last_at, s.latest_at) IS DISTINCT FROM
        (excluded.frequency, excluded.monetary, excluded.first_at, excluded.last_at, excluded.latest_at)
    RETURNING customer_id
"""


def refresh(customer_ids: Iterable[UUID], *, held: bool = False) -> int:
    """Bring the rows of these customers in step with their orders; returns how many rows moved.

    The customers are held first (unless the caller has `held` them), so of two orders written at once the later
    one sees the earlier.
    """
    ids = list(customer_ids)
    if not held:
        fetch("SELECT 1 FROM customers_customer WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [ids])
    condition = "AND customer_id = ANY(%(ids)s)"
    return len(fetch(UPSERT.format(condition=condition), {"tenant": context.current_tenant_id(), "ids": ids}))


def rebuild() -> int:
    """The same from all orders of the tenant. Returns how many rows were wrong: none, if refresh is right."""
    return len(fetch(UPSERT.format(condition=""), {"tenant": context.current_tenant_id()}))


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
