from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse

from customers.models import Customer
from loyalty import drafts
from sales import catalogue
from segmentation.recommending import offers
from tenancy.access import requires
from tenancy.database.bulk import fetch
from tenancy.parts import render_part
from tenancy.permissions import Permission

SHOWN = 3
MOST_GOODS = 20  # of the basket, the last ones
PATIENCE = 300  # ms; the clerk does not wait for a suggestion


@requires(Permission.TILL_USE)
def till_offers(request: HttpRequest) -> HttpResponse:
    """A line below the basket: what goes with what lies in it, and what the customer buys."""
    customer_id = drafts.identity(request.GET.get("customer", ""))
    goods = [code[:80] for code in request.GET.getlist("product") if code][-MOST_GOODS:]
    try:
        with transaction.atomic():
            fetch(f"SET LOCAL statement_timeout = {PATIENCE}")
            items = _suggested(request, customer_id, goods)
            fetch("SET LOCAL statement_timeout = DEFAULT")  # the rest of the request has its usual time
    except OperationalError:
        items = []
    return render_part(request, {"items": items}, part="loyalty/_till_offers.html", page="loyalty/till_offers.html")


def _suggested(request: HttpRequest, customer_id, goods: list[str]) -> list[offers.Item]:
    customer = Customer.objects.unmerged().filter(id=customer_id, erased_at=None).first() if customer_id else None
    basket = [product.id for product in catalogue.find(goods).values()]
    if customer is None and not basket:
        return []
    return offers.recommend(customer, SHOWN, tenant=request.tenant, basket=basket).items
