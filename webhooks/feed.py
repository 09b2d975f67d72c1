"""What changed, in one order, for programs that follow us: the change feed and the webhooks read it.

A row is written in the transaction of the change itself. Its position is given later, by one at a time:
numbers drawn at the insert would come to light out of order, and a reader would pass over the late ones.
"""

from collections.abc import Iterable
from uuid import UUID

from tenancy import context
from tenancy.database.bulk import fetch

CUSTOMER_CHANGED = "customer.changed"
ORDER_CHANGED = "order.changed"


def record(*changes: tuple[str, Iterable[UUID]]) -> None:
    """Rows for (kind, subject ids), in one statement of the current transaction."""
    rows = [(kind, subject_id) for kind, ids in changes for subject_id in ids]
    if rows:
        fetch(
            """INSERT INTO webhooks_change (id, tenant_id, kind, subject_id, at)
               SELECT uuidv7(), %s, kind, subject_id, now()
               FROM unnest(%s::text[], %s::uuid[]) AS c (kind, subject_id)""",
            [context.current_tenant_id(), [kind for kind, _id in rows], [id for _kind, id in rows]],
        )
