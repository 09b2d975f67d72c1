from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers.models import Customer
from sales import orders
from sales.forms import RefundForm
from sales.models import Order
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.paging import cursor_of, page
from tenancy.parts import render_part
from tenancy.permissions import Permission


@requires(Permission.ORDERS_VIEW)
def order_list(request: HttpRequest) -> HttpResponse:
    rows = Order.objects.visible_to(request.member).select_related("customer", "source", "store")
    number = request.GET.get("q", "").strip()[:120]
    if number:
        rows = rows.numbered(number)
    found = page(rows, by=["-at", "-id"], cursor=cursor_of(request))
    return render(request, "sales/order_list.html", {"page": found, "q": number})


@requires(Permission.ORDERS_VIEW)
def order_detail(request: HttpRequest, order_id: UUID) -> HttpResponse:
    order = get_object_or_404(
        Order.objects.visible_to(request.member).select_related("customer", "source", "store"), id=order_id
    )
    return render_order(request, order, RefundForm(order=order))


def render_order(request: HttpRequest, order: Order, form: RefundForm) -> HttpResponse:
    lines = order.lines.select_related("product").order_by("id")[:1000]
    context = {"order": order, "lines": lines, "refunds": order.refunds.order_by("at"), "form": form}
    return render(request, "sales/order_detail.html", context)


@require_POST
@requires(Permission.ORDERS_EDIT)
def refunds(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Give back a part of an order, or all of it. The form's key makes a repeated click count once."""
    order = get_object_or_404(Order.objects.visible_to(request.member), id=order_id)
    form = RefundForm(request.POST, order=order)
    if form.is_valid():
        try:
            orders.refund(order, **form.cleaned_data, by=request.member)
        except (orders.RefundTooLarge, orders.RefundAtTill) as problem:
            form.add_error("amount", str(problem))
        else:
            messages.success(request, _("The refund was recorded."))
            return redirect_in(request, "sales:order_detail", order_id=order.id)
    return render_order(request, order, form)


@requires(Permission.ORDERS_VIEW)
def customer_panel(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """The customer's orders, newest first."""
    customer = get_object_or_404(Customer.objects.visible_to(request.member), id=customer_id)
    rows = Order.objects.filter(customer=customer).select_related("source", "store")
    found = page(rows, by=["-at", "-id"], size=20, cursor=cursor_of(request))
    context = {"customer": customer, "page": found}
    return render_part(request, context, part="sales/_customer_panel.html", page="sales/customer_panel.html")
