"""Daily purchases from the database, as columns, without a Python object for each."""

from collections.abc import Collection
from uuid import UUID

import numpy as np
from django.db import connection

from segmentation.prediction.daily import Daily
from tenancy.database.bulk import fetch

# One row of COPY's binary form: a count of fields, and before each field its length.
ROW = np.dtype([
    ("fields", ">i2"), ("n1", ">i4"), ("customer", "S16"), ("n2", ">i4"), ("day", ">i4"), ("n3", ">i4"),
    ("orders", ">i4"), ("n4", ">i4"), ("amount", ">f8"),
])  # fmt: skip
HEAD = 19
DAYS = """
    COPY (
        SELECT customer_id, (day - DATE '1970-01-01')::int4, orders::int4, amount::float8
        FROM segmentation_customerday WHERE {whose} ORDER BY customer_id, day
    ) TO STDOUT (FORMAT BINARY)
"""
CUSTOMERS = """
    COPY (
        SELECT customer_id FROM segmentation_customerstats WHERE days > 0 {after} ORDER BY customer_id LIMIT {limit}
    ) TO STDOUT (FORMAT BINARY)
"""
SAMPLED = """customer_id IN (SELECT customer_id FROM segmentation_customerstats WHERE days > 0
    ORDER BY md5(customer_id::text) LIMIT %s)"""
SAMPLE = 30_000  # customers that a model is learned from
ID = np.dtype([("fields", ">i2"), ("n1", ">i4"), ("customer", "S16")])


def sampled() -> Daily:
    """All purchases of the company's customers, or of SAMPLE of them, always the same ones."""
    return _daily(SAMPLED, [SAMPLE])[1]


def of(customer_ids: Collection[UUID]) -> tuple[list[UUID], Daily]:
    """The purchases of these customers, and whose they are by place."""
    return _daily("customer_id = ANY(%s)", [list(customer_ids)])


def between(first: UUID, last: UUID) -> tuple[list[UUID], Daily]:
    return _daily("customer_id BETWEEN %s AND %s", [first, last])


def next_customers(after: UUID | None, *, limit: int) -> list[UUID]:
    """Customers with a counted order in the order of their ids, from the one behind `after`."""
    narrowed = "AND customer_id > %s" if after else ""
    rows = _rows(CUSTOMERS.format(after=narrowed, limit=limit), [after] if after else [], ID)
    return [_uuid(one) for one in rows["customer"]]


def _daily(whose: str, parameters: list) -> tuple[list[UUID], Daily]:
    rows = _rows(DAYS.format(whose=whose), parameters, ROW)
    ids = rows["customer"]
    is_first = np.append(True, ids[1:] != ids[:-1])[: len(ids)]
    place = np.cumsum(is_first) - 1
    columns = (rows[name].astype(kind) for name, kind in (("day", int), ("orders", int), ("amount", float)))
    return [_uuid(one) for one in ids[is_first]], Daily(place, *columns)


def _uuid(held: bytes) -> UUID:
    return UUID(bytes=bytes(held).ljust(16, b"\0"))  # numpy drops zero bytes at the end


def _rows(sql: str, parameters: list, shape: np.dtype) -> np.ndarray:
    with connection.cursor() as cursor, cursor.copy(sql, parameters) as copy:
        held = b"".join(bytes(part) for part in copy)
    return np.frombuffer(held, dtype=shape, offset=HEAD, count=(len(held) - HEAD - 2) // shape.itemsize)


def count() -> int:
    """Customers with a counted order."""
    return fetch("SELECT count(*) FROM segmentation_customerstats WHERE days > 0")[0][0]
