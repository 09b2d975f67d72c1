from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from segmentation import narrowing, saved
from segmentation.exports import asking, rows
from segmentation.forms import ExportForm
from segmentation.models import Export
from segmentation.views.customers import columns_of
from tenancy import news
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.paging import cursor_of, page
from tenancy.parts import render_part
from tenancy.permissions import Permission

LONGEST = narrowing.LONGEST
CONTENT_TYPES = {
    Export.Format.CSV: "text/csv; charset=utf-8",
    Export.Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@requires(Permission.CUSTOMERS_EXPORT)
def export_list(request: HttpRequest) -> HttpResponse:
    """One's own exports and those that wait for somebody who may approve them."""
    seen = Export.objects.visible_to(request.member).select_related("member__user", "job")
    found = page(seen, by=["-created_at", "-id"], cursor=cursor_of(request))
    return render(request, "exports/list.html", {"page": found})


@requires(Permission.CUSTOMERS_EXPORT)
def export_create(request: HttpRequest) -> HttpResponse:
    """What the file of the present list will hold, and the form that asks for it."""
    initial = {"query": request.GET.urlencode()[:LONGEST], "view": request.GET.get("view", "")[:36]}
    form = ExportForm(request.POST or None, initial=initial)
    if form.is_valid():
        told = form.cleaned_data
        export = asking.ask(
            QueryDict(told["query"]),
            columns=_columns(request, told["view"]) if told["columns"] == "list" else (),
            format=told["format"],
            member=request.member,
            tenant=request.tenant,
        )
        if export.job and export.job.is_open:
            news.watch(request, export.job)
        return redirect_in(request, "exports:detail", export_id=export.id)
    asked = narrowing.read(QueryDict(form["query"].value() or ""), member=request.member)
    context = {
        "form": form,
        "asked": asked,
        "count": asking.fitting(asked, member=request.member, tenant=request.tenant).count(),
        "alone": asking.ALONE,
        "has_contact": request.member.can(Permission.CUSTOMERS_REVEAL),
    }
    return render(request, "exports/create.html", context)


def _columns(request: HttpRequest, view_id: str) -> list[str]:
    """The headings of the file that the columns of the list stand for."""
    around = saved.around(request.member)
    view = around.view(view_id)
    shown = columns_of(view.columns if view and view.columns else around.columns, by=request.member)
    return rows.of_columns(column.key for column in shown)


@requires(Permission.CUSTOMERS_EXPORT)
def export_detail(request: HttpRequest, export_id: UUID) -> HttpResponse:
    seen = Export.objects.visible_to(request.member).select_related("member__user", "job", "decided_by__user")
    export = get_object_or_404(seen, id=export_id)
    if export.job:
        news.seen(request, export.job)
    waits = export.state == Export.State.ASKED
    is_mine = export.member_id == request.member.id
    context = {
        "export": export,
        "job": export.job,
        "is_mine": is_mine,
        "may_decide": waits and not is_mine and request.member.can(Permission.EXPORTS_APPROVE),
        "deciders": asking.deciders(export) if waits else [],
        "asked": narrowing.read_text(export.query, member=export.member),
        "own": rows.own_keys(),
    }
    return render_part(request, context, part="exports/_state.html", page="exports/detail.html")


@require_POST
@requires(Permission.EXPORTS_APPROVE)
def approvals(request: HttpRequest, export_id: UUID) -> HttpResponse:
    return _decided(request, export_id, asking.approve)


@require_POST
@requires(Permission.EXPORTS_APPROVE)
def refusals(request: HttpRequest, export_id: UUID) -> HttpResponse:
    return _decided(request, export_id, asking.refuse)


def _decided(request: HttpRequest, export_id: UUID, decide) -> HttpResponse:
    seen = Export.objects.visible_to(request.member).select_related("member__user")
    export = get_object_or_404(seen, id=export_id)
    try:
        decide(export, by=request.member)
    except (asking.OwnExport, asking.Decided) as problem:
        messages.error(request, str(problem))
    return redirect_in(request, "exports:detail", export_id=export.id)


@require_POST
@requires(Permission.CUSTOMERS_EXPORT)
def downloads(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """The file, for who asked for it alone; each time is kept in the audit."""
    export = get_object_or_404(Export.objects.fetchable_by(request.member), id=export_id)
    try:
        content = asking.fetch(export, by=request.member)
    except asking.NotThere as problem:
        messages.error(request, str(problem))
        return redirect_in(request, "exports:detail", export_id=export.id)
    response = FileResponse(content, as_attachment=True, filename=export.filename)
    response["Content-Type"] = CONTENT_TYPES[export.format]
    response["Cache-Control"] = "no-store"
    return response
