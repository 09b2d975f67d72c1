"""All views of the company as Parquet files in one archive: asked for, kept sealed for a week, fetched, forgotten.

What is known of such an archive stands in the result of its job: `stored` is the name of the sealed file, `bytes` its
size, `rows` how many each view had.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import BinaryIO

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from customers import files
from privacy.models import Erasure
from privacy.persons import Known
from tenancy import audit, jobs
from tenancy.models import Job, Membership
from tenancy.permissions import Permission, Scope

KIND = "reporting.export"
KEPT = timedelta(days=7)
SHOWN = 10


class NotThere(Exception):
    """There is no file (any more)."""

    def __str__(self):
        return _("The file is gone. Ask for it again to have one of today.")


def may(member: Membership) -> bool:
    """Who exports customers, sees them all and the company's figures, costs among them: the views know no less."""
    needed = (Permission.CUSTOMERS_EXPORT, Permission.INSIGHTS_VIEW)
    return all(member.can(permission) for permission in needed) and member.scope == Scope.ALL


def ask(*, by: Membership, enqueue: bool = True) -> Job | None:
    """The job that writes the files; None where one is at work already."""
    if under_way() is not None:
        return None
    job = jobs.create(KIND, title=_("Data for reports"), arguments={}, by=by, enqueue=enqueue)
    audit.record("reporting.exported", job, by=by, changes={})
    return job


def under_way() -> Job | None:
    return Job.objects.filter(kind=KIND, state__in=[Job.State.WAITING, Job.State.RUNNING]).first()


def latest() -> list[Job]:
    """The last ones asked for, by whomever."""
    asked = Job.objects.filter(kind=KIND).select_related("created_by__user").order_by("-created_at")
    return list(asked[:SHOWN])


def expires_at(job: Job) -> datetime | None:
    """Until when the file can be fetched; None where there is none."""
    return job.ended_at + KEPT if job.state == Job.State.DONE and job.result.get("stored") else None


def fetch(job: Job, *, by: Membership) -> BinaryIO:
    """The archive, open to be read; who fetched it is kept. Raises NotThere."""
    end = expires_at(job)
    if end is None or end <= timezone.now() or _is_outdated(job):
        raise NotThere
    try:
        with files.opened(job.result["stored"]) as path:
            content = open(path, "rb")  # noqa: SIM115 - it is sent after this
    except FileNotFoundError as problem:
        raise NotThere from problem
    audit.record("reporting.downloaded", job, by=by, changes={"bytes": job.result["bytes"]})
    return content


def forget_files() -> int:
    """The files whose week is over go. Returns how many went."""
    return _discard(_holding().filter(ended_at__lte=timezone.now() - KEPT))


def forget_person(known: Known) -> int:
    """Every file goes when somebody is erased: each may hold what that person bought. Returns how many went."""
    return _discard(_holding())


def _holding() -> QuerySet[Job]:
    return Job.objects.filter(kind=KIND, result__has_key="stored")


def _discard(held: QuerySet[Job]) -> int:
    gone = list(held.select_for_update())
    for job in gone:
        transaction.on_commit(partial(files.remove, job.result.pop("stored")))
        job.save(update_fields=["result"])
    return len(gone)


def _is_outdated(job: Job) -> bool:
    """Whether somebody was erased since the file was begun: it may still hold them."""
    return Erasure.objects.filter(at__gte=job.started_at).exists()
