from celery import shared_task
from django.db import connection
from django.utils import timezone

from crm.api import idempotency
from tenancy import context, lookups


@shared_task
def forget_old_answers() -> None:
    """Kept answers of the API older than two days go, company by company."""
    for tenant_id in lookups.tenants_with_answers_before(timezone.now() - idempotency.KEPT):
        with context.entered(tenant_id):
            idempotency.forget_old()
    connection.close()
