from uuid import UUID

from celery import shared_task
from django.db import connection

from tenancy import context, lookups
from webhooks import delivering, feed


@shared_task
def sweep() -> None:
    """Every few seconds: positions for what changed, and whatever is due is sent."""
    delivering.sweep()
    connection.close()


@shared_task
def deliver(tenant_id: str, endpoint_id: str) -> None:
    """One endpoint at once, since a person waits for it."""
    feed.seal_all(UUID(tenant_id))
    delivering.deliver(UUID(tenant_id), UUID(endpoint_id))


@shared_task
def forget_old_changes() -> None:
    """Changes and deliveries older than thirty days go, company by company."""
    for tenant_id in lookups.tenants():
        with context.entered(tenant_id):
            feed.forget_old()
            delivering.forget_old()
    connection.close()
