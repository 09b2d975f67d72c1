"""A company's orders as arrays. What counts is what was bought and not given back: a line with a price, of an order
that is worth something, and of a product that is goods."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

import numpy as np
from django.db import connection

from segmentation import stats
from segmentation.recommending.neighbours import Purchases
from tenancy.models import Tenant

MOST_ORDERS = 1_000_000  # the newest say enough of what goes together
EPOCH = date(2000, 1, 1)

LINES = """
    COPY (
        SELECT coalesce(o.customer_id, o.id), (o.customer_id IS NOT NULL)::int4, l.product_id,
               (o.at AT TIME ZONE %(zone)s)::date - DATE '2000-01-01'
        FROM (SELECT id, customer_id, at FROM sales_order WHERE at < %(end)s AND total - refunded > 0
              ORDER BY at DESC, id DESC LIMIT %(most)s) o
        JOIN sales_orderline l ON l.order_id = o.id
        JOIN sales_product p ON p.id = l.product_id
        WHERE l.amount > 0 AND coalesce(l.quantity, 1) > 0 AND NOT l.is_refund AND NOT l.refunds_order
              AND upper(p.code) <> ALL (%(left_out)s::text[])
    ) TO STDOUT (FORMAT BINARY)
"""
# A row of the binary format, in which each value comes after its length.
ROW = np.dtype(
    [("fields", ">i2"), ("of_who", ">i4"), ("who", ">u8", 2), ("of_known", ">i4"), ("known", ">i4"),
     ("of_product", ">i4"), ("product", ">u8", 2), ("of_day", ">i4"), ("day", ">i4")]
)  # fmt: skip
HEADER, TRAILER = 19, 2  # bytes


class Everything(NamedTuple):
    """All purchases, and the ids of the products by their numbers."""

    purchases: Purchases
    product_ids: list[UUID]


def read(tenant: Tenant, *, until: date, left_out: Sequence[str]) -> Everything:
    """What was bought up to the end of the local day."""
    rows = np.frombuffer(_copied(tenant, until, left_out), ROW)
    product_ids, product = np.unique(rows["product"], axis=0, return_inverse=True)
    _who, person = np.unique(rows["who"], axis=0, return_inverse=True)
    ids = [UUID(int=(high << 64) | low) for high, low in product_ids.tolist()]
    return Everything(_distinct(person, rows["known"] == 1, product, rows["day"].astype(np.int64), len(ids)), ids)


def number_of(day: date) -> int:
    """A day as the arrays count it."""
    return (day - EPOCH).days


def _copied(tenant: Tenant, until: date, left_out: Sequence[str]) -> bytes:
    parameters = {
        "zone": tenant.timezone, "end": stats.end_of(until, tenant.zone), "most": MOST_ORDERS,
        "left_out": list(left_out),
    }  # fmt: skip
    with connection.cursor() as cursor, cursor.copy(LINES, parameters) as copy:
        return b"".join(copy)[HEADER:-TRAILER]


def _distinct(person, known, product, day, products: int) -> Purchases:
    """Each product once per basket."""
    baskets = np.stack([person, day], axis=1)
    _keys, basket = np.unique(baskets, axis=0, return_inverse=True)
    basket = basket.ravel()
    _pairs, kept = np.unique(basket * max(products, 1) + product.ravel(), return_index=True)
    customer = np.where(known, person.ravel(), -1)
    return Purchases(basket[kept], customer[kept], product.ravel()[kept], day[kept], products)
