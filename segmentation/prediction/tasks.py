from uuid import UUID

from celery import shared_task
from django.db import connection

from segmentation.prediction import making, predicting, reading, scoring
from tenancy import context, lookups


@shared_task
def predict_companies() -> None:
    """Every night, a task per company."""
    for tenant_id in lookups.tenants():
        predict_company.delay(str(tenant_id))
    connection.close()


@shared_task
def predict_company(tenant_id: str) -> None:
    """A job that learns the model anew where it is a week old, else one that follows the calendar. None for a company
    that nobody has bought from."""
    with context.entered(UUID(tenant_id)):
        row = predicting.in_use()
        if making.is_due():
            if row or reading.count():
                making.ask(horizon=row.horizon_days if row else making.HORIZON, by=None)
        else:
            scoring.ask(row)
