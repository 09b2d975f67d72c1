from datetime import timedelta
from time import time
from uuid import UUID

from celery import shared_task
from django.db import connection

from customers import files
from segmentation import bulk, reconciling, scoring, stats
from segmentation.exports import asking
from tenancy import context, lookups
from tenancy.models import Tenant


@shared_task
def score_companies() -> None:
    """Every night the thresholds follow the day's orders, a task per company."""
    for tenant_id in lookups.tenants():
        score_company.delay(str(tenant_id))
    connection.close()


@shared_task
def forget_old() -> None:
    """Files of customers and what a bulk change can be undone by stay a week, company by company."""
    for tenant_id in lookups.tenants():
        with context.entered(tenant_id):
            asking.forget_files()
            bulk.forget()
    files.forget_scratch(time() - timedelta(days=1).total_seconds())
    connection.close()


@shared_task
def score_company(tenant_id: str) -> None:
    with context.entered(UUID(tenant_id)):
        scoring.score()


@shared_task
def check_companies() -> None:
    """Every night a part of all figures is held against the orders, a task per company."""
    for tenant_id in lookups.tenants():
        check_company.delay(str(tenant_id))
    connection.close()


@shared_task
def check_company(tenant_id: str) -> None:
    with context.entered(UUID(tenant_id)):
        today = stats.today(Tenant.objects.get().zone)
    reconciling.check(UUID(tenant_id), today)
    connection.close()
