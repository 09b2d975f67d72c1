"""The field classes the wall is made from; the schema editor reads them from migration state."""

from django.db import models

from crm.lib.uuids import uuid7
from tenancy import context


class TenantKey(models.UUIDField):
    """A row's id, unique within its tenant: in the database the key is (tenant_id, id)."""

    def __init__(self, **options):
        super().__init__(**{"primary_key": True, "default": uuid7, "editable": False, **options})


class TenantField(models.ForeignKey):
    """The tenant a row belongs to: the one entered when the row is made."""

    def __init__(self, to="tenancy.Tenant", on_delete=models.PROTECT, **options):
        options = {"default": context.current_tenant_id, "editable": False, "related_name": "+", **options}
        super().__init__(to, on_delete, **{**options, "db_index": False})

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        options.pop("db_index", None)
        return name, path, args, options


class TenantReference:
    """A reference to a row of the same tenant, by a composite foreign key in the database."""

    def __init__(self, to, on_delete, **options):
        super().__init__(to, on_delete, **{**options, "db_constraint": False})

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        options.pop("db_constraint", None)
        return name, path, args, options


class TenantForeignKey(TenantReference, models.ForeignKey):
    pass


class TenantOneToOneField(TenantReference, models.OneToOneField):
    """Only as the primary key of the referring row: its uniqueness is the key (tenant_id, column)."""

    def __init__(self, to, on_delete, **options):
        super().__init__(to, on_delete, **{"primary_key": True, **options})
