"""A customer's points: balance, movements, what expires next, corrections."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.lib import qr
from customers.models import Customer
from loyalty import adjusting, finding, ledger
from loyalty.forms import AdjustmentForm
from loyalty.models import Account, Adjustment, Entry, Lot
from tenancy import audit
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.paging import cursor_of, page
from tenancy.parts import render_part
from tenancy.permissions import Permission

SIZE = 30


@requires(Permission.POINTS_VIEW)
def customer_panel(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.visible_to(request.member), id=customer_id)
    return render_panel(request, customer, AdjustmentForm())


@require_POST
@requires(Permission.POINTS_ADJUST)
def adjustments(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Correct by hand. The form's key makes a repeated press count once."""
    customer = get_object_or_404(Customer.objects.visible_to(request.member), id=customer_id)
    form = AdjustmentForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        try:
            row = adjusting.ask(
                customer, points=told["points"], reason=told["reason"], request_id=str(told["key"]), by=request.member
            )
        except (ledger.NotEnoughPoints, ledger.TooManyPoints, ValueError) as problem:
            form.add_error("points", str(problem))
        else:
            waits = row.state == Adjustment.State.WAITING
            messages.success(
                request, _("This waits for a second person.") if waits else _("The points were corrected.")
            )
            return redirect_in(request, "loyalty:customer_panel", customer_id=customer.id)
    return render_panel(request, customer, form)


@require_POST
@requires(Permission.CUSTOMERS_REVEAL)
def cards(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """The member card as a QR code that the till reads. That it was shown is audited."""
    customer = get_object_or_404(Customer.objects.visible_to(request.member), id=customer_id)
    number = finding.card(customer)
    if number:
        audit.record("customer.card_shown", customer, by=request.member)
    return render_panel(
        request, customer, AdjustmentForm(), card=number, card_qr=number and qr.svg(number), has_asked=True
    )


def render_panel(request: HttpRequest, customer: Customer, form: AdjustmentForm, **more) -> HttpResponse:
    entries = Entry.objects.filter(account_id=customer.id).select_related("order", "store", "actor__user")
    context = {
        "customer": customer,
        "form": form,
        "account": Account.objects.filter(customer=customer).first() or Account(customer=customer),
        "next_lot": Lot.objects.filter(account_id=customer.id, remaining__gt=0, expires_at__isnull=False)
        .order_by("expires_at")
        .first(),
        "waiting": Adjustment.objects.filter(customer=customer, state=Adjustment.State.WAITING),
        "page": page(entries, by=["-at", "-id"], size=SIZE, cursor=cursor_of(request)),
        **more,
    }
    return render_part(request, context, part="loyalty/_customer_panel.html", page="loyalty/customer_panel.html")
