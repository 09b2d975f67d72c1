"""Which tenant the running code works for. Everything that reads or writes tenant rows happens inside `entered`."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import connection, transaction


class NoTenant(Exception):
    """Tenant rows were asked for while no tenant was entered."""


_current: ContextVar[UUID | None] = ContextVar("tenant", default=None)


def current_tenant_id() -> UUID:
    """The entered tenant. Raises NoTenant outside of `entered`."""
    tenant_id = _current.get()
    if tenant_id is None:
        raise NoTenant("enter a tenant first: with tenancy.context.entered(tenant_id)")
    return tenant_id


def peek_tenant_id() -> UUID | None:
    return _current.get()


@contextmanager
def entered(tenant_id: UUID) -> Iterator[None]:
    """Work for one tenant, in one transaction: row-level security shows its rows and no others.

    Inside an open transaction the tenant is switched at once and the former one restored at the end.
    """
    connection.ensure_connection()  # what a new connection asks of itself is no tenant's work
    before = _current.get()
    nested = connection.in_atomic_block
    token = _current.set(tenant_id)
    try:
        with transaction.atomic():
            if nested:
                tell_database(tenant_id)
            yield
            if nested and not connection.needs_rollback:  # a rollback restores it by itself
                tell_database(before)
    finally:
        _current.reset(token)


def tell_database(tenant_id: UUID | None) -> None:
    """Set the tenant for the rest of the transaction; empty makes every tenant table an error."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant_id or "")])
