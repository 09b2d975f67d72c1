"""Where the rows of a merged customer are: at the root, whom following `merged_into` ends at."""

from collections.abc import Collection
from uuid import UUID

from tenancy.database.bulk import fetch

UP = """
    WITH RECURSIVE up AS (
        SELECT id AS start, id, merged_into_id, 0 AS step FROM customers_customer WHERE id = ANY(%s)
        UNION ALL
        SELECT up.start, c.id, c.merged_into_id, up.step + 1
        FROM up JOIN customers_customer c ON c.id = up.merged_into_id
    )
"""


def root(customer_id: UUID) -> UUID:
    """Who has the customer's rows now: the customer, or whom it was merged into in the end."""
    return roots([customer_id]).get(customer_id, customer_id)


def roots(customer_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """`root` of many, in one query; of those that there are."""
    if not customer_ids:
        return {}
    return dict(fetch(UP + "SELECT start, id FROM up WHERE merged_into_id IS NULL", [list(customer_ids)]))


def path(customer_id: UUID) -> list[UUID]:
    """From the customer up to its root, both among them."""
    return [id for (id,) in fetch(UP + "SELECT id FROM up ORDER BY step", [[customer_id]])]


def below(customer_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Everybody who was merged into these customers, straight or over others: id → into whom."""
    found: dict[UUID, UUID] = {}
    level = list(customer_ids)
    while level:
        rows = fetch("SELECT id, merged_into_id FROM customers_customer WHERE merged_into_id = ANY(%s)", [level])
        found |= dict(rows)
        level = [id for id, _into in rows]
    return found
