"""The import on one page: file, columns, preview with problems, progress, result."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.lib import tables
from customers import imports
from customers.models import ImportRun, Source
from sales import order_files, previews
from sales.forms import PlanForm, UploadForm, plan_of, proposed
from tenancy import audit, news
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.paging import cursor_of, page
from tenancy.parts import render_part
from tenancy.permissions import Permission

MOST_PROBLEMS = 50


@requires(Permission.IMPORTS_RUN)
def import_list(request: HttpRequest) -> HttpResponse:
    """All imports, and the form that takes a file."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        source, _made = Source.objects.get_or_create(key=form.cleaned_data["source"])
        upload = form.cleaned_data["file"]
        run = imports.take(upload, filename=upload.name, kind=ImportRun.Kind.ORDERS, source=source, by=request.member)
        return redirect_in(request, "sales:import_detail", run_id=run.id)
    found = page(
        ImportRun.objects.select_related("source", "job", "created_by__user"),
        by=["-created_at", "-id"],
        cursor=cursor_of(request),
    )
    return render(request, "imports/list.html", {"form": form, "page": found})


@requires(Permission.IMPORTS_RUN)
def import_detail(request: HttpRequest, run_id: UUID) -> HttpResponse:
    run = get_object_or_404(ImportRun.objects.select_related("source", "job"), id=run_id)
    if run.job is None:
        return render_draft(request, run)
    news.seen(request, run.job)
    context = {"run": run, "job": run.job, "problems": run.problems.order_by("sheet", "row")[:MOST_PROBLEMS]}
    return render_part(request, context, part="imports/_progress.html", page="imports/detail.html")


def render_draft(request: HttpRequest, run: ImportRun) -> HttpResponse:
    """Columns and preview of a file that waits to be imported; answers stand in the page's address."""
    if not run.stored:
        return render(request, "imports/draft.html", {"run": run, "refused": _("The file was discarded.")})
    try:
        with order_files.opened(run, plan_of(request.GET)) as (path, survey):
            context = draft(run, path, survey, request.GET or None)
    except tables.TableError as problem:
        context = {"run": run, "refused": previews.legible(problem)}
    except UnicodeError:
        context = {"run": run, "refused": _("The file is not in the encoding that was chosen.")}
    return render(request, "imports/draft.html", context)


def draft(run: ImportRun, path: str, survey: order_files.Survey, answers: QueryDict | None) -> dict:
    """What the page of a draft shows."""
    form = PlanForm(answers and {**proposed(survey), **answers.dict()}, survey=survey)
    readable = not form.is_bound or form.is_valid()
    return {
        "run": run,
        "form": form,
        "survey": survey,
        "warnings": [previews.legible(warning) for warning in survey.profile.warnings],
        "columns": form.columns(previews.samples(path, survey)),
        "preview": previews.make(path, survey, run.source) if readable else None,
    }


@require_POST
@requires(Permission.IMPORTS_RUN)
def starts(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Begin the import by the plan that the page showed."""
    run = get_object_or_404(ImportRun.objects.select_for_update(of=["self"]).select_related("source"), id=run_id)
    if run.job_id:
        return redirect_in(request, "sales:import_detail", run_id=run.id)
    if not run.stored:
        raise Http404
    plan = plan_of(request.POST)
    with order_files.opened(run, plan) as (path, survey):
        context = draft(run, path, survey, request.POST)
        if not (context["preview"] and context["preview"].can_start):
            return render(request, "imports/draft.html", context)
    news.watch(request, imports.start(run, plan, by=request.member))
    return redirect_in(request, "sales:import_detail", run_id=run.id)


@require_POST
@requires(Permission.IMPORTS_RUN)
def discards(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Throw a file away that was not imported."""
    run = get_object_or_404(ImportRun, id=run_id, job=None)
    audit.record("import.discarded", run, by=request.member, changes={"source": run.source.key})
    imports.discard(run)
    run.delete()
    messages.success(request, _("The file was discarded."))
    return redirect_in(request, "sales:import_list")


@requires(Permission.IMPORTS_RUN)
def problems(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The rows that were left out, as a file to mend and import again. That it was fetched is audited."""
    run = get_object_or_404(ImportRun, id=run_id)
    audit.record("import.problems_fetched", run, by=request.member)
    response = HttpResponse("\ufeff" + imports.problems_csv(run), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="problems-{run.id}.csv"'
    return response
