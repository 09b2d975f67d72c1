"""The model that weighs the evidence: how good it is, what it weighs, learning again, running it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers.duplicates import weighing
from customers.matching import keeping
from customers.models import MatchModel
from tenancy import audit, jobs, news
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.models import Job
from tenancy.permissions import Permission

TRAIN, RUN = "match.train", "match.full"
VERSIONS = 50


@requires(Permission.SETTINGS_EDIT)
def model_list(request: HttpRequest) -> HttpResponse:
    """The active model with its weights, and the earlier ones."""
    rows = MatchModel.objects.defer("frequencies").select_related("created_by__user")
    versions = list(rows.order_by("-number")[:VERSIONS])
    active = next((one for one in versions if one.is_active), None)
    running = Job.objects.filter(kind__in=(TRAIN, RUN), state__in=(Job.State.WAITING, Job.State.RUNNING))
    context = {
        "versions": versions,
        "active": active,
        "fields": weighing.fields(active) if active else [],
        "running": running.order_by("-created_at").first(),
    }
    return render(request, "duplicates/models.html", context)


@require_POST
@requires(Permission.SETTINGS_EDIT)
def trainings(request: HttpRequest) -> HttpResponse:
    """Learn again from the company's own records and decisions."""
    return _begun(request, TRAIN, _("Learn who is who"))


@require_POST
@requires(Permission.SETTINGS_EDIT)
def runs(request: HttpRequest) -> HttpResponse:
    """Look through all records for doubles."""
    return _begun(request, RUN, _("Look for doubles among all records"))


@require_POST
@requires(Permission.SETTINGS_EDIT)
def activations(request: HttpRequest, model_id: UUID) -> HttpResponse:
    """From now on this version weighs."""
    model = get_object_or_404(MatchModel, id=model_id)
    keeping.activate(model)
    audit.record("match_model.activated", model, by=request.member, changes={"number": model.number})
    told = _("Version %(number)d weighs from now on. Pairs are weighed anew with the next run.")
    messages.success(request, told % {"number": model.number})
    return redirect_in(request, "duplicates:models")


def _begun(request: HttpRequest, kind: str, title: str) -> HttpResponse:
    """One job of a kind at a time: a second press leads to the first."""
    job = Job.objects.filter(kind=kind, state__in=(Job.State.WAITING, Job.State.RUNNING)).first()
    if job is None:
        job = jobs.create(kind, title=title, arguments={}, by=request.member)
    news.watch(request, job)
    if request.member.can(Permission.JOBS_VIEW):
        return redirect_in(request, "jobs:detail", job_id=job.id)
    messages.success(request, _("It runs in the background."))
    return redirect_in(request, "duplicates:models")
