from datetime import timedelta

from celery import shared_task
from django.db import connection
from django.utils import timezone

from customers import imports
from privacy import erasure_list
from tenancy import context, lookups

CELLS_KEPT = timedelta(days=30)


@shared_task
def write_erasures() -> None:
    """The list beside the database has what a process that died could not write."""
    erasure_list.write_all()
    connection.close()


@shared_task
def forget_cells() -> None:
    """Cells of rows that could not be read stay a month, company by company."""
    for tenant_id in lookups.tenants():
        with context.entered(tenant_id):
            imports.forget_cells(timezone.now() - CELLS_KEPT)
    connection.close()
