"""A company's own bounds of the scores, put to use by a job: everybody's bands are looked at."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from segmentation import rfm, scoring, stats
from segmentation.models import Thresholds
from segmentation.rfm import AXES, Bins
from tenancy import jobs
from tenancy.models import Job, Membership, Tenant

KIND = "scores.bounds"


def ask(bins: Bins | None, *, frozen: bool, by: Membership) -> Job | None:
    """A job that sets the bounds, those that stand where `bins` is None, and scores by them. None while another one is
    at work."""
    Tenant.objects.select_for_update(no_key=True).get()  # of two presses at once one is the second
    latest = last()
    if latest and latest.is_open:
        return None
    arguments = {"frozen": frozen, "bounds": _written(bins) if bins else None}
    return jobs.create(KIND, title=_("Score by new bounds"), arguments=arguments, by=by)


def last() -> Job | None:
    return Job.objects.filter(kind=KIND).order_by("-created_at").first()


@jobs.runner(KIND)
def work(job: Job) -> Iterator[None]:
    """`result` tells how many customers were scored and of how many a band moved."""
    job.total = 1
    bins = _read(job.arguments["bounds"]) if job.arguments["bounds"] else None
    if bins or Thresholds.objects.exists():
        today = stats.today(Tenant.objects.get().zone)
        rfm.set_bins(bins, frozen=job.arguments["frozen"], as_of=today, by=job.created_by)
    job.result, job.done = scoring.score()._asdict(), 1
    yield


def _written(bins: Bins) -> dict[str, list]:
    return {axis: [str(bound) for bound in getattr(bins, axis)] for axis in AXES}


def _read(told: dict[str, list[str]]) -> Bins:
    return Bins(
        tuple(map(date.fromisoformat, told["recency"])),
        tuple(map(int, told["frequency"])),
        tuple(map(Decimal, told["monetary"])),
    )
