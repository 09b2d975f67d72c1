"""What one customer bought, product by product, read from their newest orders."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from segmentation.recommending.ranking import HALF_LIFE
from tenancy.database.bulk import fetch
from tenancy.models import Tenant

MOST_ORDERS = 500  # of one customer, the newest

# An order given back in full counts for nothing; a refund line takes its goods off what was bought.
PRODUCTS = """
    WITH lines AS (
        SELECT l.product_id, (o.at AT TIME ZONE %(zone)s)::date AS day,
               bool_or(l.amount > 0 AND coalesce(l.quantity, 1) > 0 AND NOT l.is_refund AND o.total > o.refunded)
                   AS is_purchase,
               sum(CASE WHEN l.is_refund THEN -abs(coalesce(l.quantity, 1))
                        WHEN o.total > o.refunded THEN coalesce(l.quantity, 1) ELSE 0 END) AS kept
        FROM (SELECT id, at, total, refunded FROM sales_order WHERE customer_id = %(customer)s
              ORDER BY at DESC LIMIT %(most)s) o
        JOIN sales_orderline l ON l.order_id = o.id
        WHERE l.product_id IS NOT NULL AND NOT l.refunds_order
        GROUP BY 1, 2
    )
    SELECT l.product_id, count(*) FILTER (WHERE l.is_purchase), min(l.day) FILTER (WHERE l.is_purchase),
           max(l.day) FILTER (WHERE l.is_purchase),
           sum(power(0.5::float8, (%(today)s - l.day) / %(half_life)s::float8)) FILTER (WHERE l.is_purchase),
           sum(l.kept), p.is_active, coalesce(s.share, 0), p.code, p.name
    FROM lines l
    JOIN sales_product p ON p.id = l.product_id AND upper(p.code) <> ALL (%(left_out)s::text[])
    LEFT JOIN segmentation_productpull s ON s.product_id = l.product_id
    GROUP BY l.product_id, p.is_active, s.share, p.code, p.name
    HAVING bool_or(l.is_purchase)
"""


@dataclass(frozen=True, slots=True)
class Bought:
    """A product as the customer bought it: on `days` local days, the newest weighing more. `share` is how strongly it
    sells at present, of the strongest product."""

    days: int
    first: date
    last: date
    weight: float
    kept: Decimal
    is_active: bool
    share: float
    code: str
    name: str

    @property
    def is_back(self) -> bool:
        """Whether as many were given back as were bought."""
        return self.kept <= 0

    @property
    def gap(self) -> int | None:
        """Days from one purchase to the next; None before the third."""
        return max(1, round((self.last - self.first).days / (self.days - 1))) if self.days > 2 else None


_returned: list[Callable[[UUID], Mapping[UUID, Decimal]]] = []


def on_returned(listener: Callable[[UUID], Mapping[UUID, Decimal]]) -> None:
    """`listener` says of a customer how many of which product came back that no order line tells of."""
    _returned.append(listener)


def read(customer_id: UUID, *, tenant: Tenant, today: date, left_out: Sequence[str]) -> dict[UUID, Bought]:
    """Product id → how it was bought, in the customer's newest 500 orders; none of the codes `left_out`."""
    parameters = {
        "customer": customer_id, "zone": tenant.timezone, "today": today, "left_out": list(left_out),
        "most": MOST_ORDERS, "half_life": HALF_LIFE,
    }  # fmt: skip
    rows = fetch(PRODUCTS, parameters)
    back = [listener(customer_id) for listener in _returned] if rows else []
    return {
        id: Bought(days, first, last, weight, kept - sum(one.get(id, 0) for one in back), *product)
        for id, days, first, last, weight, kept, *product in rows
    }
