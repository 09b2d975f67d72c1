from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from tenancy import jobs, news
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.models import Job
from tenancy.paging import cursor_of, page
from tenancy.parts import render_part
from tenancy.permissions import Permission


@requires(Permission.JOBS_VIEW)
def job_list(request: HttpRequest) -> HttpResponse:
    jobs_page = page(
        Job.objects.select_related("created_by__user"), by=["-created_at", "-id"], cursor=cursor_of(request)
    )
    return render(request, "jobs/list.html", {"page": jobs_page})


@requires(Permission.JOBS_VIEW)
def job_detail(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The job, and while it is open the part of the page that htmx asks for again."""
    job = get_object_or_404(Job, id=job_id)
    news.seen(request, job)
    return render_part(request, {"job": job}, part="jobs/_progress.html", page="jobs/detail.html")


@requires(Permission.JOBS_VIEW)
def job_news(request: HttpRequest) -> HttpResponse:
    """What the frame of every page asks for while a job of the person's is under way."""
    return render(request, "jobs/_news.html", {"jobs": news.ended(request)})


@require_POST
@requires(Permission.JOBS_VIEW)
def cancellations(request: HttpRequest, job_id: UUID) -> HttpResponse:
    jobs.cancel(get_object_or_404(Job, id=job_id), by=request.member)
    return _back(request, job_id)


@require_POST
@requires(Permission.JOBS_VIEW)
def retries(request: HttpRequest, job_id: UUID) -> HttpResponse:
    jobs.retry(get_object_or_404(Job, id=job_id), by=request.member)
    return _back(request, job_id)


def _back(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """To the page of ours that the button stood on."""
    page_before = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(page_before, allowed_hosts=None):
        return HttpResponseRedirect(page_before)
    return redirect_in(request, "jobs:detail", job_id=job_id)
