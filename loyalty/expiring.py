"""Points whose time has come leave the accounts, every night, as a job in pieces."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone

from loyalty import ledger, telling
from loyalty.models import Entry, Lot
from tenancy import jobs
from tenancy.models import Job

KIND = "points.expire"
PIECE = 500  # customers


def start(*, title: str) -> Job | None:
    """A job for what has expired by now; None where nothing has."""
    if not Lot.objects.filter(remaining__gt=0, expires_at__lte=timezone.now()).exists():
        return None
    return jobs.create(KIND, title=title, arguments={"at": timezone.now().isoformat()}, by=None)


@jobs.runner(KIND)
def run(job: Job) -> Iterator[None]:
    """Some customers in each piece; one who was held up is found again, for what expired is still there."""
    at = datetime.fromisoformat(job.arguments["at"])
    while True:
        due = Lot.objects.filter(remaining__gt=0, expires_at__lte=at).order_by("account_id")
        ids = list(due.values_list("account_id", flat=True).distinct()[:PIECE])
        if not ids:
            return
        ledger.expire(ids, at=at)
        telling.moved(list(Entry.objects.filter(account_id__in=ids, kind=Entry.Kind.EXPIRE, at=at)), by=None)
        job.done += len(ids)
        yield
