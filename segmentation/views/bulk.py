from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from segmentation import bulk, narrowing
from segmentation.forms import BulkForm, SelectionForm
from segmentation.models import BulkChange
from tenancy import news
from tenancy.access import requires
from tenancy.addresses import redirect_in, reverse_in
from tenancy.parts import render_part
from tenancy.permissions import Permission

State = BulkChange.State


@requires(Permission.CUSTOMERS_EDIT)
def bulk_changes(request: HttpRequest) -> HttpResponse:
    """What one did to many customers at once; posted to by the list, for something to be confirmed."""
    if request.method == "GET":
        return render(request, "customers/bulk_list.html", {"changes": bulk.newest(request.member)})
    form = SelectionForm(request.POST, member=request.member)
    query = QueryDict(request.POST.get("query", "")[: narrowing.LONGEST])
    if not form.is_valid():
        for problem in form.non_field_errors() or [_("Say what is to be done, and to whom.")]:
            messages.error(request, problem)
        return HttpResponseRedirect(f"{reverse_in(request, 'customers:list')}?{query.urlencode()}")
    change = bulk.ask(
        form.cleaned_data["act"],
        chosen=form.cleaned_data["chosen"],
        parameters=query,
        is_whole=form.cleaned_data["whole"],
        member=request.member,
        tenant=request.tenant,
    )
    return redirect_in(request, "customers:bulk_change", change_id=change.id)


def _change(request: HttpRequest, change_id: UUID) -> BulkChange:
    rows = BulkChange.objects.visible_to(request.member).select_related("job", "member__user", "member__role")
    return get_object_or_404(rows, id=change_id)


@requires(Permission.CUSTOMERS_EDIT)
def bulk_change(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """A change to many: to be confirmed, on its way, done, undone."""
    change = _change(request, change_id)
    if change.state == State.ASKED:
        return _confirmation(request, change, BulkForm(act=change.act, member=request.member))
    if change.job:
        news.seen(request, change.job)
    context = {
        "change": change,
        "job": change.job,
        "conflicts": bulk.conflicts(change, member=request.member) if change.conflicts else [],
        "can_be_undone": change.can_be_undone or bulk.is_interrupted(change),
    }
    return render_part(request, context, part="customers/_bulk_progress.html", page="customers/bulk.html")


def _confirmation(request: HttpRequest, change: BulkChange, form: BulkForm) -> HttpResponse:
    asked = narrowing.read_text(change.query, member=request.member)
    context = {"change": change, "form": form, "asked": asked, "meets": change.fits - change.left_alone}
    return render(request, "customers/bulk_confirm.html", context)


@require_POST
@requires(Permission.CUSTOMERS_EDIT)
def bulk_starts(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """Do it, as confirmed."""
    change = _change(request, change_id)
    form = BulkForm(request.POST, act=change.act, member=request.member)
    if change.state == State.ASKED and not form.is_valid():
        return _confirmation(request, change, form)
    try:
        bulk.confirm(change, form.cleaned_data["value"] if change.state == State.ASKED else None, tenant=request.tenant)
    except bulk.NotPossible as problem:
        messages.error(request, str(problem))
        return redirect_in(request, "customers:bulk_change", change_id=change.id)
    change = _change(request, change_id)
    if change.state == State.DOING:
        news.watch(request, change.job)
        return redirect_in(request, "customers:bulk_change", change_id=change.id)
    messages.success(request, _done(request, change))
    return HttpResponseRedirect(f"{reverse_in(request, 'customers:list')}?{change.query}")


def _done(request: HttpRequest, change: BulkChange) -> str:
    """What was done, with the way back."""
    told = ngettext("%(n)d customer changed.", "%(n)d customers changed.", change.changed) % {"n": change.changed}
    if change.left_alone:
        alone = ngettext(
            "%(n)d was left alone: you may not change it.", "%(n)d were left alone: you may not change them.",
            change.left_alone,
        )  # fmt: skip
        told += " " + alone % {"n": change.left_alone}
    if not change.changed:
        return told
    page, undo = (
        reverse_in(request, f"customers:{name}", change_id=change.id) for name in ("bulk_change", "bulk_undos")
    )
    link = '{} <a href="{}" hx-post="{}" hx-swap="none" data-stays>{}</a>'
    return format_html(link, told, page, undo, _("Undo"))


@require_POST
@requires(Permission.CUSTOMERS_EDIT)
def bulk_undos(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """Put back what stood there before, where nobody has changed it since."""
    change = _change(request, change_id)
    try:
        bulk.undo(change)
    except bulk.NotPossible as problem:
        messages.error(request, str(problem))
    else:
        change = _change(request, change_id)
        if change.state == State.UNDOING:
            news.watch(request, change.job)
    page = reverse_in(request, "customers:bulk_change", change_id=change.id)
    return HttpResponseClientRedirect(page) if request.htmx else HttpResponseRedirect(page)
