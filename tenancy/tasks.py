import logging
from uuid import UUID

from celery import shared_task
from django.db import connection

from tenancy import jobs, lookups, sealing

logger = logging.getLogger(__name__)


@shared_task
def run_job(tenant_id: str, job_id: str) -> None:
    jobs.run(UUID(tenant_id), UUID(job_id))


@shared_task
def requeue_due_jobs() -> None:
    """Jobs whose worker died or whose message was lost go back to the workers."""
    for tenant_id, job_id in lookups.due_jobs(limit=100):
        run_job.delay(str(tenant_id), str(job_id))
    connection.close()


@shared_task
def seal_audit() -> None:
    """New audit rows go into their companies' chains. A chain that cannot be continued stops no other company's."""
    for tenant_id in lookups.tenants_with_unsealed_audit():
        try:
            sealing.seal(tenant_id)
        except sealing.Broken:
            logger.exception("the audit of company %s is not sealed any more; run verify_audit", tenant_id)
    connection.close()
