"""Merges by hand: looked at, done, read again, undone; what came since is given to whom it belongs."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from customers import merging
from customers.duplicates import merged
from customers.duplicates.forms import AssignmentForm, ChosenForm
from customers.models import Customer, Merge
from tenancy.access import requires
from tenancy.addresses import redirect_in, reverse_in
from tenancy.paging import cursor_of, page
from tenancy.permissions import Permission


@require_POST
@requires(Permission.CUSTOMERS_MERGE)
def selections(request: HttpRequest) -> HttpResponse:
    """The ticked customers of the list, on to the preview."""
    form = ChosenForm(request.POST, name="id")
    if form.is_valid():
        return HttpResponseRedirect(_preview_of(request, form.ids))
    for problem in form.non_field_errors():
        messages.error(request, problem)
    query = request.POST.get("query", "")[:2_000]
    return HttpResponseRedirect(reverse_in(request, "customers:list") + (f"?{query}" if query else ""))


@requires(Permission.CUSTOMERS_MERGE)
def preview(request: HttpRequest) -> HttpResponse:
    """What a merge of the chosen customers would make of them."""
    form = ChosenForm(request.GET)
    if not form.is_valid():
        for problem in form.non_field_errors():
            messages.error(request, problem)
        return redirect_in(request, "customers:list")
    customers = _customers(request, form.ids)
    survivor = form.cleaned_data["survivor"]
    chosen = next((one for one in customers if one.id == survivor), None) or merging.choose_survivor(customers)
    context = {
        "looked": merging.preview(customers, chosen),
        "may_merge": _editable(request, form.ids),
    }
    return render(request, "duplicates/preview.html", context)


@requires(Permission.CUSTOMERS_MERGE)
def merge_list(request: HttpRequest) -> HttpResponse:
    """What was merged, the newest first; posted to with customers, they become one."""
    if request.method == "POST":
        return _merge(request)
    found = page(merged.newest(request.member), by=merged.RECENT, cursor=cursor_of(request))
    return render(request, "duplicates/merges.html", {"page": found})


def _merge(request: HttpRequest) -> HttpResponse:
    form = ChosenForm(request.POST)
    if not form.is_valid():
        for problem in [*form.non_field_errors(), *form.errors.get("survivor", [])]:
            messages.error(request, problem)
        return redirect_in(request, "customers:list")
    customers = _customers(request, form.ids)
    if not _editable(request, form.ids):
        raise PermissionDenied(str(Permission.CUSTOMERS_EDIT.label))
    wanted = form.cleaned_data["survivor"]
    survivor = next((one for one in customers if one.id == wanted), None) or merging.choose_survivor(customers)
    absorbed = [one for one in customers if one.id != survivor.id]
    try:
        done = merging.merge(survivor, absorbed, origin=Merge.Origin.HAND, by=request.member)
    except (merging.CannotMerge, merging.Busy) as problem:
        messages.error(request, str(problem))
        return HttpResponseRedirect(_preview_of(request, form.ids))
    messages.success(request, _said(request, done, len(customers)))
    return redirect_in(request, "customers:detail", customer_id=survivor.id)


@requires(Permission.CUSTOMERS_MERGE)
def merge_detail(request: HttpRequest, merge_id: UUID) -> HttpResponse:
    """Who merged whom and when; after an unmerge what went back, and what waits for an owner."""
    return _render(request, _merge_of(request, merge_id))


@require_POST
@requires(Permission.CUSTOMERS_MERGE)
def unmerges(request: HttpRequest, merge_id: UUID) -> HttpResponse:
    """Take a merge apart."""
    merge = _merge_of(request, merge_id)
    _refuse_unless_editable(request, merge)
    try:
        merging.unmerge(merge, by=request.member)
    except (merging.CannotUnmerge, merging.Busy) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Undone: each customer has its own again."))
    if merged.visible(request.member).filter(id=merge.id).exists():
        return redirect_in(request, "duplicates:merge", merge_id=merge.id)
    return redirect_in(request, "duplicates:merges")


@require_POST
@requires(Permission.CUSTOMERS_MERGE)
def assignments(request: HttpRequest, merge_id: UUID) -> HttpResponse:
    """Say whose the ticked rows are that were written since the merge."""
    merge = _merge_of(request, merge_id)
    _refuse_unless_editable(request, merge)
    form = AssignmentForm(request.POST, customers=_candidates(request, merge), rows=merged.open_rows(merge))
    if not form.is_valid():
        messages.error(request, _("Tick rows, and say whose they are."))
        return _render(request, merge)
    customer, given = form.cleaned_data["customer"], 0
    for row in form.cleaned_data["row"][: merged.AT_ONCE]:
        try:
            merging.assign(row, customer, by=request.member)
        except merging.CannotAssign as problem:
            messages.error(request, str(problem))
        except merging.Busy as problem:
            messages.error(request, str(problem))
            break
        else:
            given += 1
    if given:
        told = ngettext("%(n)d row given to %(name)s.", "%(n)d rows given to %(name)s.", given)
        messages.success(request, told % {"n": given, "name": customer.display_name})
    return redirect_in(request, "duplicates:merge", merge_id=merge.id)


def _render(request: HttpRequest, merge: Merge) -> HttpResponse:
    rows = merged.open_rows(merge)
    context = {
        "merge": merge,
        "members": [member.customer for member in merge.members.select_related("customer").order_by("id")],
        "moves": merged.moved(merge),
        "later": merged.told(rows[: merged.AT_ONCE]),
        "assigned": merge.later_rows.exclude(assigned_at=None).count(),
        "candidates": _candidates(request, merge) if merge.undone_at else [],
    }
    return render(request, "duplicates/merge.html", context)


def _merge_of(request: HttpRequest, merge_id: UUID) -> Merge:
    return get_object_or_404(merged.visible(request.member), id=merge_id)


def _candidates(request: HttpRequest, merge: Merge):
    """To whom later rows may be given: the one that stayed, and those that went."""
    ids = [merge.survivor_id, *merge.members.values_list("customer_id", flat=True)]
    return Customer.objects.editable_by(request.member).filter(id__in=merging.roots(ids).values()).order_by("id")


def _refuse_unless_editable(request: HttpRequest, merge: Merge) -> None:
    if not _editable(request, [merging.root(merge.survivor_id)]):
        raise PermissionDenied(str(Permission.CUSTOMERS_EDIT.label))


def _customers(request: HttpRequest, ids: list[UUID]) -> list[Customer]:
    """Those customers in the order they were named; who does not see each of them sees none."""
    rows = Customer.objects.visible_to(request.member).select_related("owner__user", "store").in_bulk(ids)
    if len(rows) != len(ids):
        get_object_or_404(Customer.objects.none())
    return [rows[id] for id in ids]


def _editable(request: HttpRequest, ids: list[UUID]) -> bool:
    return Customer.objects.editable_by(request.member).filter(id__in=ids).count() == len(set(ids))


def _preview_of(request: HttpRequest, ids: list[UUID]) -> str:
    return f"{reverse_in(request, 'duplicates:preview')}?{urlencode([('customer', id) for id in ids])}"


def _said(request: HttpRequest, merge: Merge, number: int) -> str:
    """What was done, with the way back."""
    told = ngettext("%(n)d customer is one now.", "%(n)d customers are one now.", number) % {"n": number}
    page = reverse_in(request, "duplicates:merge", merge_id=merge.id)
    return format_html('{} <a href="{}" data-stays>{}</a>', told, page, _("See or undo it"))
