from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from segmentation import columns, narrowing, saved
from segmentation.forms import SaveViewForm
from segmentation.models import OwnList, SavedView
from segmentation.views.customers import columns_of, own_columns
from tenancy.access import requires
from tenancy.addresses import redirect_in, reverse_in
from tenancy.parts import render_part
from tenancy.permissions import Permission

LONGEST = narrowing.LONGEST


@requires(Permission.CUSTOMERS_VIEW)
def views(request: HttpRequest) -> HttpResponse:
    """All views one sees, and the form that saves the present list."""
    query = request.GET.urlencode()[:LONGEST]
    form = SaveViewForm(request.POST or None, initial={"query": query})
    if form.is_valid():
        try:
            made = saved.save(
                form.cleaned_data["name"],
                parameters=QueryDict(form.cleaned_data["query"]),
                columns=_present_columns(request, QueryDict(form.cleaned_data["query"])),
                is_shared=form.cleaned_data["is_shared"],
                by=request.member,
            )
        except (saved.NameTaken, saved.TooMany) as problem:
            form.add_error("name", str(problem))
        else:
            messages.success(request, _("“%s” was saved.") % made)
            return redirect_in(request, "customers:view", view_id=made.id)
    return render(request, "customers/views.html", _context(request, form))


def _context(request: HttpRequest, form: SaveViewForm) -> dict:
    seen = SavedView.objects.visible_to(request.member).select_related("member__user").order_by("name", "id")[:200]
    asked = narrowing.read(QueryDict(form["query"].value() or ""), member=request.member)
    told = [(view, narrowing.read_text(view.query, member=request.member)) for view in seen]
    return {"form": form, "asked": asked, "told": told, "around": saved.around(request.member)}


def _present_columns(request: HttpRequest, parameters: QueryDict) -> list[str]:
    around = saved.around(request.member)
    view = around.view(parameters.get("view", ""))
    return view.columns if view and view.columns else around.columns


@requires(Permission.CUSTOMERS_VIEW)
def view_change(request: HttpRequest, view_id: UUID) -> HttpResponse:
    """Another name, shared or not; with `query`, what the list shows now."""
    view = get_object_or_404(SavedView.objects.editable_by(request.member), id=view_id)
    form = SaveViewForm(request.POST or None, initial=SaveViewForm.initial_of(view))
    if form.is_valid():
        told = {"name": form.cleaned_data["name"], "is_shared": form.cleaned_data["is_shared"]}
        try:
            saved.change(view, **told, by=request.member)
        except saved.NameTaken as problem:
            form.add_error("name", str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect_in(request, "customers:views")
    return render(request, "customers/view_form.html", {"form": form, "view": view})


@require_POST
@requires(Permission.CUSTOMERS_VIEW)
def view_updates(request: HttpRequest, view_id: UUID) -> HttpResponse:
    """The view shows from now on what the list shows."""
    view = get_object_or_404(SavedView.objects.editable_by(request.member), id=view_id)
    saved.change(view, parameters=QueryDict(request.POST.get("query", "")[:LONGEST]), by=request.member)
    messages.success(request, _("“%s” now shows this list.") % view)
    return redirect_in(request, "customers:view", view_id=view.id)


@require_POST
@requires(Permission.CUSTOMERS_VIEW)
def view_deletions(request: HttpRequest, view_id: UUID) -> HttpResponse:
    view = get_object_or_404(SavedView.objects.editable_by(request.member), id=view_id)
    saved.delete(view, by=request.member)
    messages.success(request, _("“%s” was deleted. The customers are where they were.") % view)
    return redirect_in(request, "customers:views")


@require_POST
@requires(Permission.CUSTOMERS_VIEW)
def view_defaults(request: HttpRequest, view_id: UUID) -> HttpResponse:
    """The list opens with this view; once more: with all customers again."""
    view = get_object_or_404(SavedView.objects.visible_to(request.member), id=view_id)
    is_default = OwnList.objects.filter(member=request.member, default_view=view).exists()
    saved.begin_with(None if is_default else view, by=request.member)
    told = _("Your list opens with all customers.") if is_default else _("Your list opens with “%s”.") % view
    messages.success(request, told)
    return redirect_in(request, "customers:views")


@requires(Permission.CUSTOMERS_VIEW)
def column_choice(request: HttpRequest) -> HttpResponse:
    """Which columns the list has and in which order: the member's own, or those of the member's view that is open."""
    around = saved.around(request.member)
    told = QueryDict((request.POST.get("query") or request.GET.urlencode())[:LONGEST])
    view = around.view(told.get("view", ""))
    if request.method == "POST":
        keys = [] if "usual" in request.POST else _ordered(request.POST)
        if view and view.is_mine:
            saved.change(SavedView.objects.get(id=view.id), columns=keys, by=request.member)
        else:
            saved.show_columns(keys, by=request.member)
        return HttpResponseRedirect(f"{reverse_in(request, 'customers:list')}?{told.urlencode()}")
    shown = columns_of(view.columns if view and view.columns else around.columns, by=request.member)
    all_columns = [*columns.offered(request.member), *own_columns()]
    rest = [column for column in all_columns if column.key not in {one.key for one in shown}]
    places = [(place, column, True) for place, column in enumerate(shown)]
    places += [(len(shown) + place, column, False) for place, column in enumerate(rest)]
    context = {"places": places[1:], "query": told.urlencode(), "view": view}
    return render_part(request, context, part="customers/_columns.html", page="customers/columns.html")


def _ordered(told: QueryDict) -> list[str]:
    """The ticked columns, by the number beside each."""
    known = {*columns.COLUMNS, *(column.key for column in own_columns())}

    def place(key: str) -> int:
        number = told.get(f"place:{key}", "")
        return int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 999

    ticked = [key for key in dict.fromkeys(told.getlist("column")) if key in known][: columns.MOST]
    return sorted(ticked, key=place)
