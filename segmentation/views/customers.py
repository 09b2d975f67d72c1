from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404

from customers import custom, tagging
from customers.models import Customer
from segmentation import columns, lifecycle, narrowing, people, saved
from segmentation.forms import FilterForm, MoreFiltersForm
from segmentation.listing import Listing, listing
from segmentation.models import SavedView
from segmentation.narrowing import Narrowing
from segmentation.prediction import predicting, reasons
from tenancy.access import requires
from tenancy.addresses import redirect_in, reverse_in
from tenancy.models import Membership
from tenancy.paging import cursor_of
from tenancy.parts import render_part
from tenancy.permissions import Permission


@requires(Permission.CUSTOMERS_VIEW)
def customer_list(request: HttpRequest) -> HttpResponse:
    """The customers one sees. The page and, for htmx, its table alone."""
    around = saved.around(request.member)
    if not request.GET and not request.htmx and around.default_view:
        return redirect_in(request, "customers:view", view_id=around.default_view)
    asked = narrowing.read(request.GET, member=request.member)
    view = around.view(request.GET.get("view", ""))
    shown = columns_of(view.columns if view and view.columns else around.columns, by=request.member)
    found = listing(
        asked.filters,
        member=request.member,
        tenant=request.tenant,
        query=asked.query,
        sort=asked.sort,
        cursor=cursor_of(request),
        conditions=asked.conditions,
        related=[RELATED[column.key] for column in shown if column.key in RELATED],
    )
    context = {
        "form": FilterForm(request.GET, stores=around.stores),
        "listing": found,
        "asked": asked,
        "around": around,
        "view": view,
        "columns": shown,
        "extras": extras_of(found, shown),
    }
    return render_part(request, context, part="customers/_table.html", page="customers/list.html")


CURSORS = ("after", "before")
RELATED = {"store": "store", "owner": "owner__user"}


def columns_of(keys: list[str], *, by: Membership) -> list[columns.Column]:
    """The columns of the list; the company's fields are asked for where one of them is among them."""
    own = own_columns() if any(key.startswith(columns.OWN) for key in keys) else ()
    return columns.chosen(keys, own, by=by)


def own_columns() -> list[columns.Column]:
    return [
        columns.Column(
            f"{columns.OWN}{field.key}", field.label, num=field.kind == "number", room="if-room", field=field
        )
        for field in custom.fields()
    ]


def extras_of(found: Listing, shown: list[columns.Column]) -> dict[str, dict]:
    """Tags and values of the page's customers, a query each, where a column shows them."""
    ids = [customer.id for customer, _figures in found.rows]
    own = [column.field for column in shown if column.field is not None]
    return {
        "tags": tagging.tags_of(ids) if any(column.key == "tags" for column in shown) else {},
        "values": custom.values_of(ids, among=own) if own else {},
    }


@requires(Permission.CUSTOMERS_VIEW)
def filters(request: HttpRequest) -> HttpResponse:
    """The filters that are seldom used, as a form whose answer is the list."""
    form = MoreFiltersForm(request.GET)
    others = [
        (name, value)
        for name, values in request.GET.lists()
        for value in values
        if name not in form.fields or name == "tag"
    ]
    context = {"form": form, "others": [one for one in others if one[0] not in CURSORS]}
    return render_part(request, context, part="customers/_more_filters.html", page="customers/filters.html")


@requires(Permission.CUSTOMERS_VIEW)
def counts(request: HttpRequest) -> HttpResponse:
    """How many customers the filters leave, counted now."""
    asked = narrowing.read(request.GET, member=request.member)
    count = counted(asked, request)
    context = {"count": count, "asked": asked}
    return render_part(request, context, part="customers/_count.html", page="customers/count.html")


def counted(asked: Narrowing, request: HttpRequest) -> int:
    visible = Customer.objects.visible_to(request.member)
    return asked.customers(visible, tenant=request.tenant).count()


@requires(Permission.CUSTOMERS_VIEW)
def view(request: HttpRequest, view_id: UUID) -> HttpResponse:
    """The list as this view keeps it, narrowed by the reader's own rights."""
    found = get_object_or_404(SavedView.objects.visible_to(request.member), id=view_id)
    query = "" if found.query == narrowing.EVERYBODY else found.query
    parameters = "&".join(filter(None, (query, f"view={found.id}")))
    return HttpResponseRedirect(f"{reverse_in(request, 'customers:list')}?{parameters}")


@requires(Permission.CUSTOMERS_VIEW)
def customer_panel(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """The customer's figures: spent, orders, last visit, scores, stage, and what they are likely to do."""
    customer = get_object_or_404(Customer.objects.visible_to(request.member), id=customer_id)
    figures = people.figures([customer], tenant=request.tenant)[customer.id]
    context = {
        "customer": customer,
        "figures": figures,
        "policy": lifecycle.policy_of(figures.stage, figures.cell),
        "prediction": predicting.of([customer.id]).get(customer.id),
        "reasons": reasons.of(customer),
    }
    return render_part(
        request, context, part="segmentation/_customer_panel.html", page="segmentation/customer_panel.html"
    )
