"""The statements behind `orders.record`: lines wait in a temporary table and are upserted from there, as sets."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from customers.identities import Known
from customers.models import Source
from sales import costing
from sales.lines import Line
from tenancy import context
from tenancy.database.bulk import analyze, fetch, stage
from tenancy.models import Store

COLUMNS = """place int, number text, reference text, record_id uuid, customer_id uuid, key text, at timestamptz,
    product text, name text, category text, quantity numeric, price numeric, amount numeric, unit_cost numeric,
    is_refund bool, refunds_order bool, channel text, store_id uuid"""
STAGED_ORDER = "order_id uuid, number text, record_id uuid, is_new bool"


class Settled(NamedTuple):
    """An order whose figures have moved."""

    id: UUID
    customer_id: UUID | None
    record_id: UUID | None
    at: datetime
    refunded: Decimal
    channel: str
    store_id: UUID | None
    is_new: bool


def fill(lines: Sequence[Line], known: Mapping[str, Known]) -> None:
    """Put the lines in place, each with the source record and customer its reference stands for."""
    stores = _stores({line.store for line in lines if line.store})
    nobody = (None, None)
    stage(
        "staged_line",
        COLUMNS,
        (
            (
                place, line.number, line.customer, *(known[line.customer] if line.customer else nobody), line.key,
                line.at, line.product, line.name, line.category, line.quantity, line.price, line.amount,
                line.unit_cost, line.is_refund, line.refunds_order, line.channel, stores.get(line.store),
            )
            for place, line in enumerate(lines)
        ),
    )  # fmt: skip
    fetch(
        """
        INSERT INTO sales_product (id, tenant_id, code, name, category, barcode, is_active, created_at)
        SELECT uuidv7(), %(tenant)s, product, max(name), max(category), '', true, now()
        FROM staged_line WHERE product <> '' GROUP BY product
        ON CONFLICT (tenant_id, code) DO NOTHING
        """,
        _tenant(),
    )


def upsert_orders(source: Source) -> int:
    """Make the orders that are new and hold all that are touched until the end. Returns how many are new."""
    made = fetch(
        """
        INSERT INTO sales_order (id, tenant_id, source_id, number, record_id, customer_id, at, total, refunded,
                                 channel, store_id, created_at, updated_at)
        SELECT uuidv7(), %(tenant)s, %(source)s, number, record_id, customer_id, min(at), 0, 0, max(channel),
               max(store_id::text)::uuid, now(), now()
        FROM staged_line GROUP BY number, record_id, customer_id ORDER BY number, record_id
        ON CONFLICT (tenant_id, source_id, number, record_id) DO NOTHING RETURNING id
        """,
        {**_tenant(), "source": source.id},
    )
    stage("staged_order", STAGED_ORDER, ())
    fetch(
        """
        INSERT INTO staged_order
        SELECT o.id, o.number, o.record_id, o.id = ANY(%(made)s) FROM sales_order o
        JOIN (SELECT DISTINCT number, record_id FROM staged_line) s ON s.number = o.number
        WHERE o.source_id = %(source)s AND o.record_id IS NOT DISTINCT FROM s.record_id
        ORDER BY o.id FOR NO KEY UPDATE OF o
        """,
        {"source": source.id, "made": [id for (id,) in made]},
    )
    return len(made)


def upsert_lines() -> tuple[int, int]:
    """(created, updated); a line that stands as it came is not written. It keeps its unit cost until the source tells
    another one or another product."""
    rows = fetch(
        """
        INSERT INTO sales_orderline AS line (id, tenant_id, order_id, key, product_id, name, at, quantity, price,
                                             amount, unit_cost, is_refund, refunds_order)
        SELECT uuidv7(), %(tenant)s, o.order_id, s.key, p.id, s.name, s.at, s.quantity, s.price, s.amount,
               coalesce(s.unit_cost, CASE WHEN l.stands AND l.product_id IS NOT DISTINCT FROM p.id THEN l.unit_cost
                                          ELSE p.cost END),
               s.is_refund, s.refunds_order
        FROM staged_line s
        JOIN staged_order o ON o.number = s.number AND o.record_id IS NOT DISTINCT FROM s.record_id
        LEFT JOIN sales_product p ON p.code = s.product
        LEFT JOIN LATERAL (SELECT true AS stands, product_id, unit_cost FROM sales_orderline
                           WHERE NOT o.is_new AND order_id = o.order_id AND key = s.key LIMIT 1) l ON true
        ORDER BY s.place
        ON CONFLICT (tenant_id, order_id, key) DO UPDATE SET
            product_id = excluded.product_id, name = excluded.name, at = excluded.at, quantity = excluded.quantity,
            price = excluded.price, amount = excluded.amount, unit_cost = excluded.unit_cost,
            is_refund = excluded.is_refund, refunds_order = excluded.refunds_order
        WHERE (line.product_id, line.name, line.at, line.quantity, line.price, line.amount, line.unit_cost,
               line.is_refund, line.refunds_order)
           IS DISTINCT FROM (excluded.product_id, excluded.name, excluded.at, excluded.quantity, excluded.price,
               excluded.amount, excluded.unit_cost, excluded.is_refund, excluded.refunds_order)
        RETURNING old.id IS NULL
        """,
        _tenant(),
    )
    created = sum(row[0] for row in rows)
    return created, len(rows) - created


# An order's time, total, refunded part and cost are what its lines and refunds say; only new and moved orders are
# written.
COST = costing.kept("s.goods", total="s.total", in_full="s.in_full", back="s.back", unnamed="s.unnamed")
SETTLE = f"""
    UPDATE sales_order o
    SET at = a.at, total = a.total, refunded = a.refunded, cost = a.cost, updated_at = now(),
        channel = coalesce(nullif(a.channel, ''), o.channel), store_id = coalesce(a.store_id, o.store_id)
    FROM (SELECT s.*, CASE WHEN s.in_full THEN s.total ELSE s.part END AS refunded, {COST} AS cost FROM (
        SELECT l.order_id, bool_or(t.is_new) AS is_new, min(l.at) AS at, sum(l.amount) AS total,
               {costing.goods("l")} AS goods,
               bool_or(l.refunds_order) OR coalesce(max(r.in_full), 0) = 1 AS in_full, coalesce(max(r.part), 0) AS part,
               coalesce(max(r.back), 0) AS back, coalesce(max(r.unnamed), 0) AS unnamed,
               max(s.channel) AS channel, max(s.store_id::text)::uuid AS store_id
        FROM sales_orderline l
        JOIN staged_order t ON t.order_id = l.order_id
        LEFT JOIN (SELECT number, record_id, max(channel) AS channel, max(store_id::text)::uuid AS store_id
                   FROM staged_line GROUP BY number, record_id) s
               ON s.number = t.number AND s.record_id IS NOT DISTINCT FROM t.record_id
        LEFT JOIN LATERAL (SELECT max((amount IS NULL)::int) AS in_full, sum(amount) AS part, sum(cost) AS back,
                                  sum(amount) FILTER (WHERE cost IS NULL) AS unnamed
                           FROM sales_refund WHERE order_id = l.order_id) r ON true
        GROUP BY l.order_id
    ) s) a
    WHERE o.id = a.order_id
      AND (a.is_new OR (o.at, o.total, o.refunded, o.cost, o.channel, o.store_id) IS DISTINCT FROM
          (a.at, a.total, a.refunded, a.cost, coalesce(nullif(a.channel, ''), o.channel),
           coalesce(a.store_id, o.store_id)))
    RETURNING o.id, o.customer_id, o.record_id, o.at, o.refunded, o.channel, o.store_id, a.is_new
"""


def settle() -> list[Settled]:
    """Bring the touched orders' figures in step with their lines and refunds."""
    return [Settled(*row) for row in fetch(SETTLE)]


def settle_one(order_id: UUID) -> list[Settled]:
    """The same for one order that the caller holds."""
    stage("staged_line", COLUMNS, ())
    stage("staged_order", STAGED_ORDER, [(order_id, "", None, False)])
    return settle()


def order_ids() -> dict[tuple[str, str | None], UUID]:
    """(number, customer reference) → order id of what was staged."""
    rows = fetch(
        """SELECT DISTINCT s.number, s.reference, o.order_id FROM staged_line s
           JOIN staged_order o ON o.number = s.number AND o.record_id IS NOT DISTINCT FROM s.record_id"""
    )
    return {(number, reference): order_id for number, reference, order_id in rows}


def renew_statistics() -> None:
    analyze(
        "sales_order", "sales_orderline", "sales_product", "customers_sourcerecord", "customers_customer",
        "interactions_interaction", "segmentation_customerstats",
    )  # fmt: skip


def refund_orders(numbers: list[str], *, source: Source, key: str, reason: str) -> tuple[int, list[Settled]]:
    """(orders of these numbers, those that moved); a refund of this key that stands already is left alone."""
    stage("staged_line", COLUMNS, ())
    stage("staged_order", STAGED_ORDER, ())
    fetch(
        """INSERT INTO staged_order SELECT id, number, record_id, false FROM sales_order
           WHERE source_id = %s AND number = ANY(%s) ORDER BY id FOR NO KEY UPDATE""",
        [source.id, numbers],
    )
    fetch(
        """INSERT INTO sales_refund (id, tenant_id, order_id, key, amount, at, reason)
           SELECT uuidv7(), %(tenant)s, o.id, %(key)s, NULL, o.at, %(reason)s
           FROM sales_order o JOIN staged_order s ON s.order_id = o.id
           ON CONFLICT (tenant_id, order_id, key) DO NOTHING""",
        {**_tenant(), "key": key, "reason": reason},
    )
    count = fetch("SELECT count(*) FROM staged_order")[0][0]
    return count, settle()


def _stores(names: set[str]) -> dict[str, UUID]:
    """Stores by code or name; one that is not known yet is made."""
    if not names:
        return {}
    found = {name: store for store in Store.objects.all() for name in (store.name, store.code)}
    for name in sorted(names - found.keys()):
        store, _made = Store.objects.get_or_create(code=name[:40], defaults={"name": name[:200]})
        found[name] = store
    return {name: found[name].id for name in names}


def _tenant() -> dict[str, UUID]:
    return {"tenant": context.current_tenant_id()}
