"""Groups that the customers fall into by themselves, to be accepted as segments."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from segmentation.segments import following, reading, vocabulary, wording
from segmentation.segments.refusing import RuleError
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.models import Job
from tenancy.permissions import Permission


@requires(Permission.SEGMENTS_EDIT)
def proposals(request: HttpRequest) -> HttpResponse:
    """What the last job has found, each group in words."""
    jobs = Job.objects.filter(kind=following.CLUSTER).order_by("-created_at")
    done = jobs.filter(state=Job.State.DONE).first()
    words = vocabulary.standing()
    told = [(one, _in_words(one["rule"], words)) for one in (done.result.get("proposals", []) if done else [])]
    context = {"job": done, "running": jobs.filter(state__in=OPEN).first(), "told": told}
    return render(request, "segments/proposals.html", context)


OPEN = (Job.State.WAITING, Job.State.RUNNING)


@require_POST
@requires(Permission.SEGMENTS_EDIT)
def searches(request: HttpRequest) -> HttpResponse:
    """Look for groups again; a search that is under way is the answer to a second press."""
    if not Job.objects.filter(kind=following.CLUSTER, state__in=OPEN).exists():
        following.start_clustering(by=request.member)
    return redirect_in(request, "segments:proposals")


def _in_words(rule: str, words) -> str:
    try:
        return wording.describe(reading.parse(rule, words, is_strict=False), words)
    except RuleError as problem:
        return problem.at_its_place()
