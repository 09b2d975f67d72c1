"""All that is held of a customer, opened and readable: the right of access (PIPL article 45, GDPR article 15)."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone

from customers.models import Customer
from privacy import reach
from tenancy import audit
from tenancy.models import Membership, Tenant, User

STAFF = (Membership, User)  # other people: told by their id alone


def export(customer: Customer, *, by: Membership | None) -> dict[str, Any]:
    """Every column of every row that speaks of the customer, by model, and that it was handed out is kept. What a model
    calls `secret` says nothing of the person and stays in the company: what goods cost it.

    The values are plain JSON; `fields` gives each column's name in the reader's language.
    """
    audit.record("customer.exported", customer, by=by)
    return {
        "company": Tenant.objects.get().name,
        "customer": str(customer.id),
        "at": timezone.now().isoformat(),
        "held": [_table(model, ids) for model, ids in reach.rows_of(customer).items()],
    }


def as_json(held: dict[str, Any]) -> str:
    return json.dumps(held, ensure_ascii=False, indent=2)


def _table(model: type[models.Model], ids: Iterable[UUID]) -> dict[str, Any]:
    left_out = ("tenant", *getattr(model.Privacy, "secret", ()))
    fields = [field for field in model._meta.local_fields if field.column and field.name not in left_out]
    rows = model._base_manager.filter(pk__in=list(ids)).order_by("pk")
    named = {
        field.name: _names(field, rows)
        for field in fields
        if field.is_relation and not issubclass(field.remote_field.model, STAFF)
    }
    return {
        "model": model._meta.label,
        "title": str(model._meta.verbose_name),
        "fields": {field.name: str(field.verbose_name) for field in fields},
        "rows": [{field.name: _value(row, field, named.get(field.name, {})) for field in fields} for row in rows],
    }


def _names(field: models.ForeignKey, rows: models.QuerySet) -> dict[UUID, str]:
    """Key → what the row that is referred to is called."""
    ids = {getattr(row, field.attname) for row in rows} - {None}
    return {key: str(one) for key, one in field.remote_field.model._base_manager.in_bulk(ids).items()}


def _value(row: models.Model, field: models.Field, names: dict[UUID, str]) -> Any:
    value = getattr(row, field.attname)
    if field.is_relation and value in names:
        return {"id": str(value), "name": names[value]}
    return plain(value)


def plain(value: Any) -> Any:
    """The value as JSON holds it; text that is itself JSON is unfolded, bytes are hexadecimal."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, str) and value.startswith("{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
