"""Every night what is said of customers follows the calendar; written where it moved."""

from collections.abc import Iterator
from uuid import UUID

from django.utils.translation import gettext as _

from segmentation.models import PredictionModel
from segmentation.prediction import counting, predicting
from tenancy import jobs
from tenancy.models import Job

KIND = "predictions.score"


def ask(row: PredictionModel, *, enqueue: bool = True) -> Job:
    under_way = Job.objects.filter(kind=KIND, state__in=(Job.State.WAITING, Job.State.RUNNING)).first()
    arguments = {"model": str(row.id)}
    return under_way or jobs.create(
        KIND, title=_("Say who comes back"), arguments=arguments, by=None, enqueue=enqueue
    )  # fmt: skip


@jobs.runner(KIND)
def score(job: Job) -> Iterator[None]:
    """Portion by portion, by the model in use."""
    row = predicting.in_use()
    if row is None:
        return
    job.total, job.result = -(-row.customers // predicting.PORTION), job.result or {"moved": 0}
    yield from portions(job, row)


def portions(job: Job, row: PredictionModel) -> Iterator[None]:
    after = job.cursor.get("after")
    for moved, last in predicting.pieces(row, after=UUID(after) if after else None):
        job.result["moved"] += moved
        if last is not None:
            job.cursor = {**job.cursor, "after": str(last)}
            job.done = min(job.total, job.done + 1)
        yield
    counting.keep(row)
    yield
