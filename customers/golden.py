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
SINCE = f"CASE WHEN g.faults & {quality.DUE} = 0 THEN NULL ELSE coalesce(c.faulty_since, now()) END"
FIELDS = [Customer._meta.get_field(name) for name in COLUMNS]


def _sql_type(field: models.Field) -> str:
    if isinstance(field, EncryptedText):
        return "bytea"
    return SQL_TYPES.get(type(field), "text")


STAGED = "id uuid, store_id uuid, " + ", ".join(f"{field.name} {_sql_type(field)}" for field in FIELDS)
ENCRYPTED = [(place, field) for place, field in enumerate(FIELDS) if isinstance(field, EncryptedText)]


def insert(rows: Iterable[tuple[UUID, UUID | None, tuple]]) -> None:
    """New customers from (id, store id, columns)."""
    rows = [(id, store_id, *columns) for id, store_id, columns in rows]
    if not rows:
        return
    stage("staged_golden", STAGED, rows)
    fetch(
        f"""INSERT INTO customers_customer
                (id, tenant_id, store_id, {NAMES}, faulty_since, created_at, updated_at)
            SELECT id, %s, store_id, {NAMES}, CASE WHEN faults & {quality.DUE} <> 0 THEN now() END, now(), now()
            FROM staged_golden ORDER BY id""",
        [context.current_tenant_id()],
    )


def update(rows: Iterable[tuple[UUID, tuple]]) -> None:
    """New columns for customers that stand, from (id, columns)."""
    rows = [(id, None, *columns) for id, columns in rows]
    if not rows:
        return
    stage("staged_golden", STAGED, rows)
    fetch(
        f"""UPDATE customers_customer c SET {", ".join(f"{name} = g.{name}" for name in COLUMNS)},
                faulty_since = {SINCE}, updated_at = now()
            FROM staged_golden g WHERE c.tenant_id = %s AND c.id = g.id""",
        [context.current_tenant_id()],
    )


def held(customer_ids: Collection[UUID]) -> Iterator[tuple[UUID, Golden]]:
    """The customers in plain, held until the end of the transaction."""
    rows = fetch(
        f"SELECT id, {NAMES} FROM customers_customer WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [list(customer_ids)]
    )
    for id, *columns in rows:
        for place, field in ENCRYPTED:
            if columns[place] is not None:
                columns[place] = field.open(Sealed(columns[place]))
        yield id, Golden(*columns)
