"""Receipts: on the clerk's screen, on paper, behind the QR code, and taking goods back."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from crm.lib import qr
from crm.lib.uuids import uuid7
from loyalty import drafts, returns
from loyalty.checkout import KeyReused
from loyalty.forms import ReturnForm
from loyalty.models import Receipt, Return
from sales.placing import TILL
from tenancy import links
from tenancy.access import requires
from tenancy.addresses import redirect_in, reverse_in
from tenancy.paging import cursor_of, page
from tenancy.permissions import Permission

PURPOSE = "receipt"


@requires(Permission.TILL_USE)
def receipt_list(request: HttpRequest) -> HttpResponse:
    """Receipts of all stores, newest first; one is found by its whole number."""
    rows = Receipt.objects.select_related("order", "store", "customer")
    number = request.GET.get("q", "").replace("\0", "").strip()[:120]
    if number:
        rows = rows.filter(order__number=number.upper(), order__source__key=TILL)
    found = page(rows, by=["-at", "-id"], cursor=cursor_of(request))
    return render(request, "loyalty/receipt_list.html", {"page": found, "q": number})


@requires(Permission.TILL_USE)
def receipt(request: HttpRequest, receipt_id: UUID) -> HttpResponse:
    one = _receipt(receipt_id)
    address = links.address("receipt", PURPOSE, one.id, tenant=request.tenant)
    context = {**_told(one), "address": address, "qr": qr.svg(address), "is_new": "new" in request.GET}
    return render(request, "loyalty/receipt.html", context)


@requires(Permission.TILL_USE)
def return_goods(request: HttpRequest, receipt_id: UUID) -> HttpResponse:
    """Choose what comes back, see what it comes to, do it. The form's key makes a repeated press count once."""
    one = _receipt(receipt_id)
    told = _told(one)
    form = ReturnForm(request.POST or None, lines=told["lines"])
    key = drafts.identity(request.POST.get("key", "")) or uuid7()
    settlement = None
    if form.is_valid():
        wanted = returns.GivingBack(
            key, form.quantities, form.cleaned_data["withhold"], request.member.store_id, form.cleaned_data["reason"]
        )
        try:
            if request.POST.get("do") == "confirm" and request.member.can(Permission.ORDERS_EDIT):
                made, _is_new = returns.give_back(one, wanted, by=request.member)
                return redirect_in(request, "till:return_done", return_id=made.id)
            settlement = returns.preview(one, wanted)
        except (returns.BadReturn, KeyReused) as problem:
            form.add_error(None, str(problem))
    context = {**told, "form": form, "key": key, "settlement": settlement}
    return render(request, "loyalty/return.html", context)


@requires(Permission.TILL_USE)
def return_done(request: HttpRequest, return_id: UUID) -> HttpResponse:
    """What the return came to, and the way to an exchange."""
    made = get_object_or_404(Return.objects.select_related("receipt__order", "receipt__customer"), id=return_id)
    lines = made.lines.select_related("line__product")
    exchange = reverse_in(request, "till:till") + f"?customer={made.receipt.customer_id or ''}&exchange={made.id}"
    context = {"made": made, "lines": lines, "exchange": exchange, "paid_out": made.amount - made.withheld}
    return render(request, "loyalty/return_done.html", context)


@links.sealed(PURPOSE)
def public_receipt(request: HttpRequest, receipt_id: UUID) -> HttpResponse:
    """The receipt behind the QR code: what was bought, no name, no phone."""
    return render(request, "loyalty/public_receipt.html", _told(_receipt(receipt_id)))


def _receipt(receipt_id: UUID) -> Receipt:
    chosen = Receipt.objects.select_related("order", "store", "customer", "version", "actor__user")
    return get_object_or_404(chosen, id=receipt_id)


def _told(one: Receipt) -> dict:
    left = returns.returnable(one)
    lines = list(one.order.lines.select_related("product").order_by("id"))
    for line in lines:
        line.returnable = left[line.id]
    return {"receipt": one, "lines": lines, "returns": one.returns.order_by("at"), "can_return": any(left.values())}
