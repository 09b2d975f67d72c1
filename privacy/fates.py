"""What becomes of the fields of erased rows, as their models declare it (crm.lib.declaring)."""

from collections.abc import Iterable
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from crm.lib.declaring import Fate
from tenancy.database.bulk import fetch


class NotErasable(Exception):
    """A field declared to be erased for which there is no value that says nothing."""


def destroyed(model: type[models.Model]) -> list[models.Field]:
    """The fields whose values are destroyed or replaced."""
    declared = model.Privacy.fields
    return [
        field
        for field in model._meta.local_fields
        if field.name in declared and declared[field.name].fate in (Fate.ERASE, Fate.ANONYMISE)
    ]


def neutral(field: models.Field) -> str:
    """SQL of the value that stands where the person's stood: nothing, or a random one where it must be unique."""
    if field.null:
        return "NULL"
    if _is_unique(field):
        return _random(field)
    for kinds, sql in NEUTRAL:
        if isinstance(field, kinds):
            return sql
    raise NotErasable(f"{field.model._meta.label}.{field.name}: declare it keep, or let it be empty")


NEUTRAL = [
    (models.BinaryField, "''::bytea"),
    ((models.CharField, models.TextField), "''"),
    (models.JSONField, "'{}'::jsonb"),
    (ArrayField, "'{}'"),
    (models.BooleanField, "false"),
    ((models.IntegerField, models.DecimalField, models.FloatField), "0"),
    (models.DateTimeField, "'1900-01-01 00:00Z'"),
    (models.DateField, "'1900-01-01'"),
]


def apply(model: type[models.Model], ids: Iterable[UUID]) -> int:
    """Destroy what the model declares, in these rows of the entered tenant. Returns how many there were.

    Rows that are written once have a door in the database, `<table>_erase` (tenancy.database.migrations.erasable).
    """
    fields = destroyed(model)
    if not fields:
        return 0
    table = model._meta.db_table
    if has_door(model):
        return fetch(f"SELECT {table}_erase(%s)", [list(ids)])[0][0]
    assignments = ", ".join(f"{field.column} = {neutral(field)}" for field in fields)
    changed = fetch(
        f"UPDATE {table} SET {assignments} WHERE {model._meta.pk.column} = ANY(%s) RETURNING 1", [list(ids)]
    )
    return len(changed)


def has_door(model: type[models.Model]) -> bool:
    """Whether the application may not change these columns by itself."""
    column = destroyed(model)[0].column
    return not fetch("SELECT has_column_privilege(%s, %s, 'UPDATE')", [model._meta.db_table, column])[0][0]


def _is_unique(field: models.Field) -> bool:
    meta = field.model._meta
    together = [
        *(one.fields for one in meta.constraints if isinstance(one, models.UniqueConstraint)),
        *meta.unique_together,
    ]
    return field.unique or any(field.name in names for names in together)


def _random(field: models.Field) -> str:
    if isinstance(field, models.UUIDField):
        return "gen_random_uuid()"
    if isinstance(field, models.BinaryField):
        return "uuid_send(gen_random_uuid())"
    if isinstance(field, models.CharField):
        return f"left('erased-' || replace(gen_random_uuid()::text, '-', ''), {field.max_length})"
    raise NotErasable(f"{field.model._meta.label}.{field.name}: a unique value of this kind cannot be replaced")
