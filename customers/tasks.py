from uuid import UUID

from celery import shared_task
from django.db import connection

from tenancy import context, lookups


@shared_task
def match_new(tenant_id: str) -> None:
    """Match what is new, a portion at a time, until nothing is."""
    from customers.matching import incremental

    more = True
    while more:
        with context.entered(UUID(tenant_id)):
            more = incremental.match_new()["records"] > 0


@shared_task
def match_companies() -> None:
    """What a lost message has left behind."""
    for tenant_id in lookups.tenants():
        match_new.delay(str(tenant_id))
    connection.close()
