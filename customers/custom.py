"""The company's own fields of customers, and each customer's values of them.

What sources say stands in their content under the field's key, as standard text; here is what survives of it. The
fields are asked for anew each time, so that one that was just made works at once in every process.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from customers.models import CustomField, CustomValue
from customers.models.numbers import ten_thousandths
from customers.values import Value, key_of, parse, restored, shown, text_of
from tenancy import context
from tenancy.database.bulk import fetch, stage

__all__ = ["Value", "fields", "keep", "key_of", "parse", "restored", "shown", "text_of", "value_of", "values_of"]

PORTION = 5000  # customers whose values are written by one statement
FEW = 200  # rows that are cheaper told in the statement itself


def fields() -> list[CustomField]:
    """Those in use, in the company's order."""
    return list(CustomField.objects.filter(is_active=True))


def values_of(
    customer_ids: Iterable[UUID], *, among: Iterable[CustomField] | None = None
) -> dict[UUID, dict[str, Value]]:
    """Customer id → key → value, of the fields in use, in one query. Without entry where there is none."""
    rows = CustomValue.objects.filter(customer__in=list(customer_ids)).select_related("field")
    rows = rows.filter(field__is_active=True) if among is None else rows.filter(field__in=list(among))
    found: dict[UUID, dict[str, Value]] = {}
    for row in rows.order_by("field__position", "field__key"):
        if (value := value_of(row)) is not None:
            found.setdefault(row.customer_id, {})[row.field.key] = value
    return found


def value_of(row: CustomValue) -> Value | None:
    """The typed value of a row; None where it was erased."""
    match row.field.kind:
        case CustomField.Kind.NUMBER:
            return row.number
        case CustomField.Kind.DATE:
            return row.day
        case CustomField.Kind.BOOLEAN:
            return None if row.number is None else bool(row.number)
    return row.text or None


def keep(surviving: Mapping[UUID, Mapping[str, str]], *, are_new: bool = False) -> set[UUID]:
    """Make the values of these customers exactly what survives: key → text. Returns those that changed by that.
    Customers who `are_new` have no values so far.

    Keys that are no custom field are passed over, as are texts that are no value of theirs. Nothing is written where
    nothing changes.
    """
    if not surviving:
        return set()
    by_key = {field.key: field for field in CustomField.objects.all()}
    if not by_key:
        return set()
    ids, changed = sorted(surviving), set()
    for start in range(0, len(ids), PORTION):
        portion = ids[start : start + PORTION]
        rows = [row for id in portion for row in _rows(id, surviving[id], by_key)]
        if are_new and not rows:
            continue
        changed |= _written(portion, rows)
    return changed


def _rows(customer_id: UUID, texts: Mapping[str, str], by_key: Mapping[str, CustomField]) -> list[tuple]:
    told = ((by_key[key], text) for key, text in texts.items() if text and key in by_key)
    values = ((field, restored(field, text)) for field, text in told)
    return [(customer_id, field.id, *_columns(value)) for field, value in values if value is not None]


def _columns(value: Value) -> tuple[str, str | None, int | None, date | None]:
    """text, key, number and day of the row that holds the value."""
    match value:
        case bool():
            return "", None, ten_thousandths(Decimal(value)), None
        case Decimal():
            return "", None, ten_thousandths(value), None
        case date():
            return "", None, None, value
    return value, key_of(value), None, None


def _written(customer_ids: Collection[UUID], rows: list[tuple]) -> set[UUID]:
    told, parameters = _told(rows)
    changed = fetch(
        f"""WITH told AS ({told}), gone AS (
               DELETE FROM customers_customvalue v WHERE v.customer_id = ANY(%s)
                  AND (v.customer_id, v.field_id) NOT IN (SELECT customer_id, field_id FROM told)
               RETURNING v.customer_id
           ), written AS (
               INSERT INTO customers_customvalue AS v (id, tenant_id, customer_id, field_id, text, key, number, day)
               SELECT uuidv7(), %s, customer_id, field_id, text, key, number, day FROM told t
               WHERE NOT EXISTS (
                   SELECT FROM customers_customvalue s WHERE s.customer_id = t.customer_id AND s.field_id = t.field_id
                      AND (s.text, s.key, s.number, s.day) IS NOT DISTINCT FROM (t.text, t.key, t.number, t.day))
               ON CONFLICT (tenant_id, customer_id, field_id) DO UPDATE
                  SET text = excluded.text, key = excluded.key, number = excluded.number, day = excluded.day
               RETURNING v.customer_id
           ) SELECT customer_id FROM gone UNION SELECT customer_id FROM written""",
        [*parameters, list(customer_ids), context.current_tenant_id()],
    )
    return {customer_id for (customer_id,) in changed}


def _told(rows: list[tuple]) -> tuple[str, list]:
    """The rows as a query and its parameters: many of them wait in a temporary table."""
    if len(rows) > FEW:
        stage("staged_value", "customer_id uuid, field_id uuid, text text, key text, number bigint, day date", rows)
        return "SELECT * FROM staged_value", []
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _column in range(6)]
    arrays = "%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::bigint[], %s::date[]"
    return f"SELECT * FROM unnest({arrays}) AS t (customer_id, field_id, text, key, number, day)", columns
