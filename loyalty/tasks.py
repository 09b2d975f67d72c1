from celery import shared_task
from django.db import connection
from django.utils.translation import gettext, override

from loyalty import expiring
from tenancy import context, lookups


@shared_task
def expire_points() -> None:
    """A job for each company that has points whose time has come."""
    for tenant_id in lookups.tenants():
        with context.entered(tenant_id), override("zh-hans"):
            expiring.start(title=gettext("Points expire"))
    connection.close()
