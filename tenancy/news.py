"""Whoever started a job is told when it has ended, on whatever page they are by then."""

from django.http import HttpRequest

from tenancy.models import Job

WATCHED = "watched_jobs"
MOST = 20


def watch(request: HttpRequest, job: Job) -> None:
    request.session[WATCHED] = [*request.session.get(WATCHED, []), str(job.id)][-MOST:]


def seen(request: HttpRequest, job: Job) -> None:
    """The person is looking at the job, so an end need not be told again."""
    if not job.is_open:
        _forget(request, [job])


def ended(request: HttpRequest) -> list[Job]:
    """The watched jobs of the entered company that have ended since the last time."""
    watched = request.session.get(WATCHED, [])
    jobs = [job for job in Job.objects.filter(id__in=watched) if not job.is_open] if watched else []
    _forget(request, jobs)
    return jobs


def _forget(request: HttpRequest, jobs: list[Job]) -> None:
    known = {str(job.id) for job in jobs}
    if known.intersection(request.session.get(WATCHED, [])):
        request.session[WATCHED] = [id for id in request.session[WATCHED] if id not in known]
