import logging
from datetime import timedelta
from time import time
from uuid import UUID

from celery import shared_task
from django.db import connection

from customers import files
from segmentation import bulk, night
from segmentation.exports import asking
from segmentation.reporting import bundling
from tenancy import context, lookups

logger = logging.getLogger(__name__)


@shared_task
def begin_nights() -> None:
    """Each company's night begins."""
    for tenant_id in lookups.tenants():
        go_on.delay(str(tenant_id), 0)
    connection.close()


@shared_task
def go_on(tenant_id: str, number: int) -> None:
    """A step of a company's night. When it has ended, however, the next one is any worker's."""
    try:
        night.STEPS[number](UUID(tenant_id))
    except Exception:
        logger.exception("step %d of the night failed", number)
    if number + 1 < len(night.STEPS):
        go_on.delay(tenant_id, number + 1)


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
