from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from customers.models import Customer
from segmentation.recommending import offers
from segmentation.recommending.offers import Only
from tenancy.access import requires
from tenancy.parts import render_part
from tenancy.permissions import Permission

SHOWN = 5  # of each part


@requires(Permission.ORDERS_VIEW)
def customer_panel(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """What to offer to the customer: what they buy again, and what would be new to them."""
    customer = get_object_or_404(Customer.objects.visible_to(request.member), id=customer_id)
    again, new = (offers.recommend(customer, SHOWN, tenant=request.tenant, only=only) for only in Only)
    context = {"customer": customer, "again": again, "new": new}
    return render_part(request, context, part="segmentation/_offers.html", page="segmentation/offers.html")
