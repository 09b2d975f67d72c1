"""The rows of customers, many at once: read in plain, written as they are stored."""

from collections.abc import Collection, Iterable, Iterator
from uuid import UUID

from django.db import models

from customers import quality
from customers.models import Customer
from customers.projection import COLUMNS, Golden
from tenancy import context
from tenancy.database.bulk import fetch, stage
from tenancy.encryption import EncryptedText, Sealed

NAMES = ", ".join(COLUMNS)


SQL_TYPES = {
    models.PositiveSmallIntegerField: "smallint",
    models.PositiveIntegerField: "int",
    models.BooleanField: "bool",
}
FIELDS = [Customer._meta.get_field(name) for name in COLUMNS]


def _sql_type(field: models.Field) -> str:
    if isinstance(field, EncryptedText):
        return "bytea"
    return SQL_TYPES.get(type(field), "text")


STAGED = "id uuid, store_id uuid, " + ", ".join(f"{field.name} {_sql_type(field)}" for field in FIELDS)
ENCRYPTED = [(place, field) for place, field in enumerate(FIELDS) if isinstance(field, EncryptedText)]


def write(rows: Iterable[tuple[UUID, UUID | None, tuple]]) -> None:
    """Make customers of (id, store id, columns), and give those that stand these columns; their store stays.

    Upserted by the key whether they stand or not: an UPDATE joined to the staged rows was planned on the statistics
    of a table that grows, and read all of it for each row.
    """
    rows = [(id, store_id, *columns) for id, store_id, columns in rows]
    if not rows:
        return
    stage("staged_golden", STAGED, rows, is_joined=False)
    fetch(
        f"""INSERT INTO customers_customer AS c
                (id, tenant_id, store_id, {NAMES}, faulty_since, created_at, updated_at)
            SELECT id, %s, store_id, {NAMES}, CASE WHEN faults & {quality.DUE} <> 0 THEN now() END, now(), now()
            FROM staged_golden ORDER BY id
            ON CONFLICT (tenant_id, id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS)},
                faulty_since = CASE WHEN excluded.faulty_since IS NOT NULL
                               THEN coalesce(c.faulty_since, excluded.faulty_since) END,
                updated_at = excluded.updated_at""",
        [context.current_tenant_id()],
    )


def held(customer_ids: Collection[UUID]) -> Iterator[tuple[UUID, Golden]]:
    """The customers in plain, held until the end of the transaction; of the erased and merged there is nothing to
    say."""
    rows = fetch(
        f"""SELECT id, {NAMES} FROM customers_customer WHERE id = ANY(%s) AND erased_at IS NULL
            AND merged_into_id IS NULL ORDER BY id FOR UPDATE""",
        [list(customer_ids)],
    )
    for id, *columns in rows:
        for place, field in ENCRYPTED:
            if columns[place] is not None:
                columns[place] = field.open(Sealed(columns[place]))
        yield id, Golden(*columns)


def hold(customer_ids: Collection[UUID]) -> None:
    """Hold the customers until the end of the transaction, in the one order of all writers."""
    if customer_ids:
        fetch("SELECT FROM customers_customer WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [list(customer_ids)])


def standing(customer_ids: Collection[UUID]) -> set[UUID]:
    """Those of the customers that there are, the erased and merged left out."""
    rows = fetch(
        "SELECT id FROM customers_customer WHERE id = ANY(%s) AND erased_at IS NULL AND merged_into_id IS NULL",
        [list(customer_ids)],
    )
    return {id for (id,) in rows}
