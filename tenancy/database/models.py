from django.db import models

from tenancy import context
from tenancy.database.fields import TenantField, TenantKey


class TenantQuerySet(models.QuerySet):
    pass


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):
    """Rows of the entered tenant; raises NoTenant where none is entered."""

    def get_queryset(self):
        return super().get_queryset().filter(tenant_id=context.current_tenant_id())


class TenantModel(models.Model):
    """A row inside a tenant's wall."""

    id = TenantKey()
    tenant = TenantField()

    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def _get_unique_checks(self, exclude=None, include_meta_constraints=False):
        return super()._get_unique_checks(_with_tenant(exclude), include_meta_constraints)

    def validate_constraints(self, exclude=None):
        super().validate_constraints(_with_tenant(exclude))


def _with_tenant(exclude):
    """Forms leave the tenant out; a constraint that begins with it is to be checked all the same."""
    return set(exclude or ()) - {"tenant"}
