"""Settings → Fields: what the company wants to know of customers besides what everybody does."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers import defining
from customers.field_forms import FieldForm
from customers.models import CustomField
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.permissions import Permission

MANY = 10_000  # beyond it a list says only that there are more


@requires(Permission.FIELDS_EDIT)
def field_list(request: HttpRequest) -> HttpResponse:
    """Those in use in their order, and the archived ones."""
    fields = list(CustomField.objects.all())
    usage = defining.usage(fields, most=MANY)
    rows = [(field, min(usage[field.id], MANY), usage[field.id] > MANY) for field in fields]
    context = {
        "rows": [row for row in rows if row[0].is_active],
        "archived": [row for row in rows if not row[0].is_active],
    }
    return render(request, "fields/list.html", context)


@requires(Permission.FIELDS_EDIT)
def field_create(request: HttpRequest) -> HttpResponse:
    form = FieldForm(request.POST or None)
    if form.is_valid():
        try:
            field = defining.define(**form.cleaned_data, by=request.member)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            messages.success(request, _("“%s” can be used at once.") % field)
            return redirect_in(request, "fields:list")
    return render(request, "fields/field.html", {"form": form})


@requires(Permission.FIELDS_EDIT)
def field(request: HttpRequest, field_id: UUID) -> HttpResponse:
    field = get_object_or_404(CustomField, id=field_id)
    form = FieldForm(request.POST or None, field=field)
    if form.is_valid():
        try:
            defining.change(field, **form.cleaned_data, by=request.member)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            messages.success(request, _("Saved."))
            return redirect_in(request, "fields:list")
    return _page(request, field, form)


@require_POST
@requires(Permission.FIELDS_EDIT)
def moves(request: HttpRequest, field_id: UUID) -> HttpResponse:
    """One place up, or down."""
    field = get_object_or_404(CustomField, id=field_id)
    defining.move(field, up=request.POST.get("to") == "up", by=request.member)
    return redirect_in(request, "fields:list")


@require_POST
@requires(Permission.FIELDS_EDIT)
def archivings(request: HttpRequest, field_id: UUID) -> HttpResponse:
    field = get_object_or_404(CustomField, id=field_id)
    defining.archive(field, by=request.member)
    messages.success(request, _("“%s” was archived; its values stay.") % field)
    return redirect_in(request, "fields:list")


@require_POST
@requires(Permission.FIELDS_EDIT)
def restorations(request: HttpRequest, field_id: UUID) -> HttpResponse:
    field = get_object_or_404(CustomField, id=field_id)
    try:
        defining.restore(field, by=request.member)
    except ValidationError as problem:
        return _page(request, field, FieldForm(field=field), refused=" ".join(problem.messages))
    messages.success(request, _("“%s” is in use again.") % field)
    return redirect_in(request, "fields:list")


def _page(request: HttpRequest, field: CustomField, form: FieldForm, *, refused: str = "") -> HttpResponse:
    saved = CustomField.objects.get(id=field.id)
    used = defining.usage([saved], most=10**9)[saved.id]
    return render(request, "fields/field.html", {"form": form, "field": saved, "used": used, "refused": refused})
