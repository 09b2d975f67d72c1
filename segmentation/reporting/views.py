from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from segmentation.reporting import bundling, readers
from tenancy import news
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.models import Job
from tenancy.parts import render_part
from tenancy.permissions import Permission


def for_all(view: Callable) -> Callable:
    """What is here is of all customers: who sees only some is told so. Costs are in it: it is for who sees figures."""

    @wraps(view)
    def checked(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.member.can(Permission.INSIGHTS_VIEW):
            raise PermissionDenied
        if not bundling.may(request.member):
            return render(request, "reporting/some_only.html", status=403)
        return view(request, *args, **kwargs)

    return checked


@requires(Permission.CUSTOMERS_EXPORT)
@for_all
def data(request: HttpRequest) -> HttpResponse:
    """How programs for reports read the views, and the files of them."""
    found = bundling.latest()
    now = timezone.now()
    rows = [
        {"job": job, "until": end, "is_there": end is not None and end > now, "rows": sum(job.result["rows"].values())}
        for job in found
        if (end := bundling.expires_at(job)) is not None
    ]
    latest = found[0] if found else None
    if latest:
        news.seen(request, latest)
    context = {
        "rows": rows,
        "job": latest if latest and latest.state != Job.State.DONE else None,
        "login": readers.login_of(request.tenant),
        "database": connection.settings_dict["NAME"],
        "command": f"manage.py reader --tenant {request.tenant.slug}",
    }
    return render_part(request, context, part="reporting/_files.html", page="reporting/data.html")


@require_POST
@requires(Permission.CUSTOMERS_EXPORT)
@for_all
def files(request: HttpRequest) -> HttpResponse:
    """Write the views of today as Parquet, as a job."""
    job = bundling.ask(by=request.member)
    if job is None:
        messages.info(request, _("The files are being written already."))
    else:
        news.watch(request, job)
    return redirect_in(request, "reporting:data")


@require_POST
@requires(Permission.CUSTOMERS_EXPORT)
@for_all
def downloads(request: HttpRequest, bundle_id: UUID) -> HttpResponse:
    """The archive of all files; each time is kept in the audit."""
    job = get_object_or_404(Job, id=bundle_id, kind=bundling.KIND)
    try:
        content = bundling.fetch(job, by=request.member)
    except bundling.NotThere as problem:
        messages.error(request, str(problem))
        return redirect_in(request, "reporting:data")
    name = f"{request.tenant.slug}-{timezone.localtime(job.ended_at):%Y%m%d-%H%M}.zip"
    response = FileResponse(content, as_attachment=True, filename=name)
    response["Content-Type"] = "application/zip"
    response["Cache-Control"] = "no-store"
    return response
