"""A company's night: step after step, each on what the ones before it have left."""

from collections.abc import Callable
from uuid import UUID

from segmentation import reconciling, scoring, stats
from segmentation.insight import renewing
from segmentation.prediction import making
from segmentation.recommending import building
from segmentation.segments import following
from segmentation.segments.columns import renewing as columns
from tenancy import context, jobs
from tenancy.models import Job, Tenant


def check(tenant_id: UUID) -> None:
    """A part of the figures is held against the orders."""
    with context.entered(tenant_id):
        today = stats.today(Tenant.objects.get().zone)
    reconciling.check(tenant_id, today)


def score(tenant_id: UUID) -> None:
    """The bounds of the scores and the stages follow the day's orders."""
    with context.entered(tenant_id):
        scoring.score()


def predict(tenant_id: UUID) -> None:
    _work(tenant_id, making.ask_by_night)


def learn(tenant_id: UUID) -> None:
    """What is bought together follows the orders."""
    _work(tenant_id, lambda: building.begin(enqueue=False))


def refresh(tenant_id: UUID) -> None:
    """Time alone moves members of segments, and the columns are made anew."""
    _work(tenant_id, following.ask_by_night)
    with context.entered(tenant_id):
        columns.renew()
    with context.entered(tenant_id):
        following.forget_touches()


def tell(tenant_id: UUID) -> None:
    """The figures of the insight pages follow."""
    _work(tenant_id, lambda: renewing.begin(enqueue=False))


STEPS: tuple[Callable[[UUID], None], ...] = (check, score, predict, learn, refresh, tell)


def _work(tenant_id: UUID, ask: Callable[[], Job | None]) -> None:
    """Do the job, if there is one to do and nobody else is at it."""
    with context.entered(tenant_id):
        job = ask()
    if job is not None:
        jobs.run(tenant_id, job.id)
