from uuid import UUID

from celery import shared_task
from django.db import connection

from segmentation.segments import following
from segmentation.segments.columns import keeping, renewing
from tenancy import context, lookups
from tenancy.models import Tenant


@shared_task
def follow(tenant_id: str) -> None:
    """Compare the segments for whoever was touched, a portion at a time, until nobody is left."""
    following.begun(UUID(tenant_id))
    more = True
    while more:
        with context.entered(UUID(tenant_id)):
            more = following.follow() > 0
    with context.entered(UUID(tenant_id)):
        following.forget_touches()


@shared_task
def sweep() -> None:
    """What a lost message has left behind."""
    for tenant_id in lookups.tenants_with_touched_customers():
        follow.delay(str(tenant_id))
    connection.close()


@shared_task
def build_columns(tenant_id: str) -> None:
    """New columns of a company that is large enough to want them, where anything has changed since the last."""
    with context.entered(UUID(tenant_id)):
        renewing.renew()
    with context.entered(UUID(tenant_id)):
        following.forget_touches()


@shared_task
def renew_columns() -> None:
    """By day: columns beside which many customers are asked for one by one are made anew."""
    for tenant_id in lookups.tenants():
        with context.entered(tenant_id):
            row = keeping.current(zone=Tenant.objects.get().timezone)
            touched = keeping.touched(row) if row else []
        if touched is None or len(touched) > renewing.SMALL // 10:
            build_columns.delay(str(tenant_id))
    connection.close()
