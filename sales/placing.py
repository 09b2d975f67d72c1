"""An order that is made here and now, at the till: one statement, no staging."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from crm.lib.uuids import uuid7
from sales import costing
from tenancy import context
from tenancy.database.bulk import fetch

TILL = "till"  # the source of what is sold, and of who is enrolled, at the till


@dataclass(slots=True)
class PlacedLine:
    """`amount` is what is paid for it, `price` the price of one before any discount, `unit_cost` what one cost the
    company."""

    product_id: UUID | None
    name: str
    quantity: Decimal
    price: Decimal
    amount: Decimal
    unit_cost: Decimal | None = None


@dataclass(slots=True)
class Placing:
    number: str
    source_id: UUID
    record_id: UUID | None
    customer_id: UUID | None
    at: datetime
    channel: str
    store_id: UUID | None
    lines: Sequence[PlacedLine]


PLACE = f"""
    WITH l AS MATERIALIZED (
        SELECT * FROM unnest(%(keys)s::text[], %(products)s::uuid[], %(names)s::text[], %(quantities)s::numeric[],
                             %(prices)s::numeric[], %(amounts)s::numeric[], %(unit_costs)s::numeric[])
             AS l (key, product_id, name, quantity, price, amount, unit_cost)
    ), made AS (
        INSERT INTO sales_order (id, tenant_id, source_id, number, record_id, customer_id, at, total, refunded, cost,
                                 channel, store_id, created_at, updated_at)
        SELECT %(id)s, %(tenant)s, %(source)s, %(number)s, %(record)s, %(customer)s, %(at)s, sum(amount), 0,
               {costing.bounded(costing.goods("l"))}, %(channel)s, %(store)s, now(), now()
        FROM l
        ON CONFLICT (tenant_id, source_id, number, record_id) DO NOTHING RETURNING id
    ), lines AS (
        INSERT INTO sales_orderline (id, tenant_id, order_id, key, product_id, name, at, quantity, price, amount,
                                     unit_cost, is_refund, refunds_order)
        SELECT uuidv7(), %(tenant)s, made.id, l.key, l.product_id, l.name, %(at)s, l.quantity, l.price, l.amount,
               l.unit_cost, false, false
        FROM made, l
    )
    SELECT id FROM made
"""


def place(order: Placing) -> UUID | None:
    """Write the order with its lines; None where its number stands already (a twin of the request was first).

    Timeline, feed and figures are the caller's to tell (registry.orders_changed), together with what else it does.
    """
    made = fetch(
        PLACE,
        {
            "id": uuid7(),
            "tenant": context.current_tenant_id(),
            "source": order.source_id,
            "number": order.number,
            "record": order.record_id,
            "customer": order.customer_id,
            "at": order.at,
            "channel": order.channel,
            "store": order.store_id,
            "keys": [str(place) for place, _line in enumerate(order.lines, 1)],
            "products": [line.product_id for line in order.lines],
            "names": [line.name for line in order.lines],
            "quantities": [line.quantity for line in order.lines],
            "prices": [line.price for line in order.lines],
            "amounts": [line.amount for line in order.lines],
            "unit_costs": [line.unit_cost for line in order.lines],
        },
    )
    return made[0][0] if made else None
