"""Standardising again: where our rules have become better, all customers follow; once more changes nothing."""

from collections.abc import Iterator

from customers import changes, identities
from customers.models import Customer
from tenancy import audit, jobs
from tenancy.models import Job, Membership
from webhooks import feed

JOB_KIND = "customers.standardise"
CHUNK = 2000


def start(*, title: str, by: Membership | None, enqueue: bool = True) -> Job:
    job = jobs.create(JOB_KIND, title=title, arguments={}, by=by, enqueue=enqueue)
    audit.record("customers.standardised", by=by)
    return job


@jobs.runner(JOB_KIND)
def standardise(job: Job) -> Iterator[None]:
    job.total = Customer.objects.unmerged().filter(erased_at=None).count()
    job.result = {"rows": 0, "changed": 0, **job.result}
    yield
    while ids := _next(job.cursor.get("after")):
        changed = identities.refresh(set(ids))
        feed.record((changes.CHANGED, sorted(changed)))
        job.result = {"rows": job.result["rows"] + len(ids), "changed": job.result["changed"] + len(changed)}
        job.cursor, job.done = {"after": str(ids[-1])}, job.result["rows"]
        yield


def _next(after: str | None) -> list:
    rows = Customer.objects.unmerged().filter(erased_at=None)
    return list((rows.filter(id__gt=after) if after else rows).order_by("id").values_list("id", flat=True)[:CHUNK])
