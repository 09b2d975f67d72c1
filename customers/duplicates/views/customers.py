"""What a customer's page says of doubles: open pairs, the household, where the records come from."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from customers import merging, search
from customers.duplicates import queue
from customers.duplicates.households import household
from customers.models import Customer
from tenancy.access import requires
from tenancy.parts import render_part
from tenancy.permissions import Permission

FOUND = 10


@requires(Permission.CUSTOMERS_VIEW)
def customer_panel(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Open pairs of this customer, whom they live with, and somebody to merge them with."""
    customer = _customer(request, customer_id)
    query = request.GET.get("q", "").strip()[: search.LONGEST]
    context = {
        "customer": customer,
        "matches": [
            {"match": match, "other": match.right if match.left.customer_id == customer.id else match.left}
            for match in queue.between(customer, queue.to_decide(request.member))[:50]
        ],
        "household": household(customer, member=request.member),
        "q": query,
        "found": _found(request, customer, query),
    }
    return render_part(request, context, part="duplicates/_customer_panel.html", page="duplicates/customer_panel.html")


@requires(Permission.CUSTOMERS_VIEW)
def lineage(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """The source records of a customer, and the merges that brought them together."""
    customer = _customer(request, customer_id)
    context = {"customer": customer, "lineage": merging.lineage(customer)}
    return render_part(request, context, part="duplicates/_lineage.html", page="duplicates/lineage.html")


def _customer(request: HttpRequest, customer_id: UUID) -> Customer:
    return get_object_or_404(
        Customer.objects.visible_to(request.member).select_related("owner__user", "store"), id=customer_id
    )


def _found(request: HttpRequest, customer: Customer, query: str) -> list[Customer]:
    if not query:
        return []
    found = search.matches(query, member=request.member, region=request.tenant.region, most=FOUND + 1)
    ids = [match.id for match in found if match.id != customer.id][:FOUND]
    rows = Customer.objects.visible_to(request.member).select_related("store").in_bulk(ids)
    return [rows[id] for id in ids if id in rows]
