"""The import on one page: file, columns, preview with problems, progress, result."""

import tempfile
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.lib import tables
from customers import files
from customers.imports import kinds, previews, runs, surveys, undoing
from customers.imports.forms import PlanForm, UploadForm, plan_of, proposed
from customers.models import Customer, ImportConflict, ImportRun, Source
from tenancy import audit, news
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.models import Membership
from tenancy.paging import cursor_of, page
from tenancy.parts import render_part
from tenancy.permissions import Permission, Scope

MOST_PROBLEMS = 50


@requires(Permission.IMPORTS_RUN)
def import_list(request: HttpRequest) -> HttpResponse:
    """All imports, and the form that takes a file."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        source, _made = Source.objects.get_or_create(key=form.cleaned_data["source"])
        upload = form.cleaned_data["file"]
        kind = form.cleaned_data["kind"] or recognised(upload)
        run = runs.take(upload, filename=upload.name, kind=kind, source=source, by=request.member)
        return redirect_in(request, "imports:detail", run_id=run.id)
    found = page(
        ImportRun.objects.select_related("source", "job", "created_by__user"),
        by=["-created_at", "-id"],
        cursor=cursor_of(request),
    )
    return render(request, "imports/list.html", {"form": form, "page": found})


def recognised(upload: UploadedFile) -> str:
    """The first kind of file whose columns it has; customers where it is none, to be asked for there."""
    with tempfile.TemporaryFile(dir=files.scratch()) as plain:
        for chunk in upload.chunks():
            plain.write(chunk)
        plain.flush()
        upload.seek(0)
        try:
            profile = tables.profile(f"/dev/fd/{plain.fileno()}", filename=upload.name)
        except (tables.TableError, UnicodeError):
            return ImportRun.Kind.CUSTOMERS
    fitting = [one.kind for one in kinds.registered() if surveys.fits(profile, one.columns())]
    return ImportRun.Kind.ORDERS if ImportRun.Kind.ORDERS in fitting else ImportRun.Kind.CUSTOMERS


@requires(Permission.IMPORTS_RUN)
def import_detail(request: HttpRequest, run_id: UUID) -> HttpResponse:
    run = get_object_or_404(ImportRun.objects.select_related("source", "job", "undoing"), id=run_id)
    if run.job is None:
        return render_draft(request, run)
    news.seen(request, run.job)
    context = {
        "run": run,
        "job": run.job,
        "undoing": run.undoing,
        "why_not": undoing.why_not(run),
        "conflicts": conflicts(run, request.member),
        "importer": kinds.of(run.kind),
        "problems": run.problems.order_by("sheet", "row")[:MOST_PROBLEMS],
    }
    return render_part(request, context, part="imports/_progress.html", page="imports/detail.html")


def conflicts(run: ImportRun, member: Membership) -> QuerySet[ImportConflict]:
    """The first customers that its undoing left alone, of those that the member sees."""
    seen = run.conflicts.filter(customer__in=Customer.objects.visible_to(member))
    return seen.select_related("customer").order_by("reason", "id")[:MOST_PROBLEMS]


def render_draft(request: HttpRequest, run: ImportRun) -> HttpResponse:
    """Columns and preview of a file that waits to be imported; answers stand in the page's address."""
    if not run.stored:
        return render(request, "imports/draft.html", {"run": run, "refused": _("The file was discarded.")})
    plan = plan_of(request.GET, kinds.of(run.kind).columns())
    return render(request, "imports/draft.html", drafted(run, plan, request.GET or None))


def drafted(run: ImportRun, plan: runs.Plan, answers: QueryDict | None) -> dict:
    """What the page of a draft shows; where the file cannot be read by this plan, why."""
    try:
        with surveys.opened(run, plan) as (path, survey):
            return draft(run, path, survey, answers)
    except tables.TableError as problem:
        return {"run": run, "refused": previews.legible(problem)}
    except UnicodeError:
        return {"run": run, "refused": _("The file is not in the encoding that was chosen.")}


def draft(run: ImportRun, path: str, survey: surveys.Survey, answers: QueryDict | None) -> dict:
    """What the page of a draft that can be read shows."""
    form = PlanForm(answers and {**proposed(survey), **answers.dict()}, survey=survey)
    readable = not form.is_bound or form.is_valid()
    importer = kinds.of(run.kind)
    return {
        "run": run,
        "importer": importer,
        "form": form,
        "survey": survey,
        "warnings": [previews.legible(warning) for warning in survey.profile.warnings],
        "columns": form.columns(previews.samples(path, survey)),
        "preview": previews.make(path, survey, run.source, importer) if readable else None,
    }


def _require_all(request: HttpRequest, run: ImportRun) -> None:
    """A file speaks of any customer, so that it is written by a member who sees all of them."""
    if run.kind == ImportRun.Kind.CUSTOMERS and request.member.scope != Scope.ALL:
        raise PermissionDenied(_("Customers are imported by a member who sees all customers."))


@require_POST
@requires(Permission.IMPORTS_RUN)
def starts(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Begin the import by the plan that the page showed."""
    run = get_object_or_404(ImportRun.objects.select_for_update(of=["self"]).select_related("source"), id=run_id)
    _require_all(request, run)
    if run.job_id:
        return redirect_in(request, "imports:detail", run_id=run.id)
    if not run.stored:
        raise Http404
    plan = plan_of(request.POST, kinds.of(run.kind).columns())
    context = drafted(run, plan, request.POST)
    if not (context.get("preview") and context["preview"].can_start):
        return render(request, "imports/draft.html", context)
    news.watch(request, runs.start(run, plan, by=request.member))
    return redirect_in(request, "imports:detail", run_id=run.id)


@require_POST
@requires(Permission.IMPORTS_RUN)
def undoings(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Take the import back; what people have changed since stays."""
    run = get_object_or_404(ImportRun, id=run_id)
    _require_all(request, run)
    try:
        news.watch(request, undoing.start(run, by=request.member))
    except undoing.CannotUndo as problem:
        messages.error(request, str(problem))
    return redirect_in(request, "imports:detail", run_id=run.id)


@require_POST
@requires(Permission.IMPORTS_RUN)
def discards(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Throw a file away that was not imported."""
    run = get_object_or_404(ImportRun, id=run_id, job=None)
    audit.record("import.discarded", run, by=request.member, changes={"source": run.source.key})
    runs.discard(run)
    run.delete()
    messages.success(request, _("The file was discarded."))
    return redirect_in(request, "imports:list")


@requires(Permission.IMPORTS_RUN)
def problems(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The rows that were left out, as a file to mend and import again. That it was fetched is audited."""
    run = get_object_or_404(ImportRun, id=run_id)
    audit.record("import.problems_fetched", run, by=request.member)
    response = HttpResponse("\ufeff" + runs.problems_csv(run), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="problems-{run.id}.csv"'
    return response
