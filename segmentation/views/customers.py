from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from customers.models import Customer
from segmentation import people
from segmentation.forms import FilterForm
from segmentation.listing import listing
from tenancy.access import requires
from tenancy.paging import cursor_of
from tenancy.parts import render_part
from tenancy.permissions import Permission


@requires(Permission.CUSTOMERS_VIEW)
def customer_list(request: HttpRequest) -> HttpResponse:
    """The customers one sees. The page and, for htmx, its table alone."""
    form = FilterForm(request.GET)
    form.is_valid()
    told = form.cleaned_data
    found = listing(
        form.filters,
        member=request.member,
        tenant=request.tenant,
        query=told.get("q") or "",
        store=told.get("store"),
        sort=told.get("sort") or "",
        cursor=cursor_of(request),
    )
    context = {"form": form, "listing": found}
    return render_part(request, context, part="customers/_table.html", page="customers/list.html")


@requires(Permission.CUSTOMERS_VIEW)
def customer_panel(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """The customer's figures: spent, orders, last visit, scores, stage."""
    customer = get_object_or_404(Customer.objects.visible_to(request.member), id=customer_id)
    figures = people.figures([customer], tenant=request.tenant)[customer.id]
    context = {"customer": customer, "figures": figures}
    return render_part(
        request, context, part="segmentation/_customer_panel.html", page="segmentation/customer_panel.html"
    )
