from uuid import UUID

from celery import shared_task
from django.db import connection

from tenancy import context, lookups


@shared_task
def match_new(tenant_id: str) -> None:
    """Match what is new, a portion at a time, until nothing is. A portion of which somebody is at work comes again with
    `match_companies`."""
    from customers import merging
    from customers.matching import incremental

    more = True
    while more:
        try:
            with context.entered(UUID(tenant_id)):
                more = incremental.match_new()["records"] > 0
        except merging.Busy:
            return


@shared_task
def match_companies() -> None:
    """What a lost message has left behind."""
    for tenant_id in lookups.tenants():
        match_new.delay(str(tenant_id))
    connection.close()
