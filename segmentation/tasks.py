from datetime import timedelta
from time import time
from uuid import UUID

from celery import shared_task
from django.db import connection

from customers import files
from segmentation import bulk, reconciling, scoring, stats
from segmentation.exports import asking
from segmentation.insight import renewing
from segmentation.recommending import building
from segmentation.reporting import bundling
from tenancy import context, lookups
from tenancy.models import Tenant


@shared_task
def score_companies() -> None:
    """Every night the thresholds follow the day's orders, a task per company."""
    for tenant_id in lookups.tenants():
        score_company.delay(str(tenant_id))
    connection.close()


@shared_task
def renew_insights() -> None:
    """Every night the figures of the insight pages follow the orders, a job per company that has new ones."""
    for tenant_id in lookups.tenants():
        with context.entered(tenant_id):
            renewing.begin()
    connection.close()


@shared_task
def learn_what_goes_together() -> None:
    """Every night what is bought together follows the orders, a job per company that has new ones."""
    for tenant_id in lookups.tenants():
        with context.entered(tenant_id):
            building.begin()
    connection.close()


@shared_task
def forget_old() -> None:
    """Files of customers and what a bulk change can be undone by stay a week, company by company."""
    for tenant_id in lookups.tenants():
        with context.entered(tenant_id):
            asking.forget_files()
            bundling.forget_files()
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
