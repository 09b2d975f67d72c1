"""Long work in pieces. A Job row says that work is due; the broker only says it sooner.

A runner takes the job and yields after each piece. Pieces run in one transaction each, together with the
job's cursor and progress, so a killed worker's piece never half-counts and the next worker goes on there.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from celery import current_app
from django.db import OperationalError, models, transaction
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from tenancy import audit, context
from tenancy.models import Job, Membership

LEASE = timedelta(seconds=90)
GRACE = timedelta(seconds=10)  # a new job is the broker's for this long, then the sweeper's
ATTEMPTS = 5

Runner = Callable[[Job], Iterator[None]]
_runners: dict[str, Runner] = {}
logger = logging.getLogger(__name__)


class LostLease(Exception):
    """Another worker has taken this job over."""


class JobFailed(Exception):
    """The work cannot be done; the message is shown to the person who asked for it."""


@contextmanager
def failing_on(*problems: type[Exception]) -> Iterator[None]:
    """These end the job with what they say."""
    try:
        yield
    except problems as problem:
        raise JobFailed(str(problem)) from problem


def runner(kind: str) -> Callable[[Runner], Runner]:
    """Registers the function that does jobs of this kind."""

    def register(function: Runner) -> Runner:
        _runners[kind] = function
        return function

    return register


def create(kind: str, *, title: str, arguments: dict, by: Membership | None, enqueue: bool = True) -> Job:
    """A job for a worker, started on commit; with enqueue=False the caller runs it at once with `run`."""
    lease = timezone.now() + (GRACE if enqueue else LEASE)
    arguments = {**arguments, "language": get_language()}  # what it has to say is said in the asker's
    job = Job.objects.create(kind=kind, title=title, arguments=arguments, created_by=by, lease_until=lease)
    if enqueue:
        send(job)
    return job


def send(job: Job) -> None:
    """Tell the workers on commit; where the broker is away, the sweeper will."""
    arguments = [str(job.tenant_id), str(job.id)]
    transaction.on_commit(lambda: current_app.send_task("tenancy.tasks.run_job", arguments), robust=True)


def cancel(job: Job, *, by: Membership | None = None) -> None:
    """A running job stops after its present piece, what was done stays."""
    audit.record("job.cancelled", job, by=by, changes={"kind": job.kind})
    Job.objects.filter(id=job.id, state=Job.State.WAITING).update(state=Job.State.CANCELLED, ended_at=timezone.now())
    Job.objects.filter(id=job.id, state=Job.State.RUNNING).update(cancel_requested=True)


def retry(job: Job, *, by: Membership | None = None) -> None:
    """A failed or cancelled job goes on where it stopped."""
    audit.record("job.retried", job, by=by, changes={"kind": job.kind})
    Job.objects.filter(id=job.id, state__in=[Job.State.FAILED, Job.State.CANCELLED]).update(
        state=Job.State.WAITING, cancel_requested=False, attempts=0, error="", ended_at=None,
        lease_until=timezone.now() + GRACE,
    )  # fmt: skip
    send(job)


def run(tenant_id: UUID, job_id: UUID, *, take_over: bool = False) -> None:
    """Do the job to its end, or until another worker takes it over. Does nothing where it is not due.

    `take_over` claims it although its lease has not run out: the former worker is known to be gone, and
    where it is not, it stops at its next piece.
    """
    with context.entered(tenant_id):
        job = _claim(job_id, take_over=take_over)
    if job is not None:
        with override(job.arguments.get("language")):
            _work(tenant_id, job)


def _work(tenant_id: UUID, job: Job) -> None:
    try:
        pieces = _runners[job.kind](job)
        while _step(tenant_id, job, pieces):
            pass
    except LostLease:
        logger.warning("job %s was taken over", job.id)
    except JobFailed as problem:
        _fail(tenant_id, job, str(problem))
    except OperationalError:
        logger.exception("job %s lost the database; the sweeper will start it again", job.id)
    except Exception:
        logger.exception("job %s failed", job.id)
        _fail(
            tenant_id,
            job,
            _("The program failed here. What was done before is kept; the log names job %s.") % job.id,
        )


def _claim(job_id: UUID, *, take_over: bool) -> Job | None:
    now = timezone.now()
    due = models.Q(state=Job.State.WAITING) | models.Q(state=Job.State.RUNNING, lease_until__lt=now)
    if take_over:
        due = models.Q(state__in=[Job.State.WAITING, Job.State.RUNNING])
    job = Job.objects.select_for_update().filter(due, id=job_id).first()
    if job is None:
        return None
    if job.attempts >= ATTEMPTS and not take_over:
        job.state, job.ended_at = Job.State.FAILED, now
        job.error = _("Started %d times without coming to an end.") % job.attempts
        job.save(update_fields=["state", "ended_at", "error"])
        return None
    job.state, job.lease_until = Job.State.RUNNING, now + LEASE
    job.started_at = job.started_at or now
    job.attempts += 1
    job.save(update_fields=["state", "lease_until", "started_at", "attempts"])
    return job


def _step(tenant_id: UUID, job: Job, pieces: Iterator[None]) -> bool:
    """One piece and the job's new cursor, together or not at all. False when there is nothing more to do."""
    with context.entered(tenant_id):
        held = Job.objects.select_for_update().values("attempts", "cancel_requested", "state").get(id=job.id)
        if held["attempts"] != job.attempts or held["state"] != Job.State.RUNNING:
            raise LostLease
        more = not held["cancel_requested"] and next(pieces, StopIteration) is not StopIteration
        now = timezone.now()
        job.lease_until = now + LEASE
        if not more:
            job.state = Job.State.CANCELLED if held["cancel_requested"] else Job.State.DONE
            job.ended_at = now
        job.save(update_fields=["state", "ended_at", "lease_until", "cursor", "done", "total", "result", "title"])
    return more


def _fail(tenant_id: UUID, job: Job, message: str) -> None:
    with context.entered(tenant_id):
        Job.objects.filter(id=job.id, attempts=job.attempts).update(
            state=Job.State.FAILED, error=message[:2000], ended_at=timezone.now()
        )
