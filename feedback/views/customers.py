"""Answers and tickets of one customer, and asking them for feedback."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.lib import qr
from customers.models import Customer
from feedback import asking, reaching, surveys
from feedback.forms import InvitationForm
from feedback.models import Invitation, Response, Ticket
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.parts import render_part
from tenancy.permissions import Permission

SHOWN = 50


@requires(Permission.TICKETS_VIEW)
def panel(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    customer = _customer(request, customer_id)
    return _render(request, customer, InvitationForm(ways=reaching.agreed_ways(customer)))


@require_POST
@requires(Permission.INTERACTIONS_ADD)
def invitations(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Ask the customer: a link to show, or a message."""
    customer = _customer(request, customer_id)
    form = InvitationForm(request.POST, ways=reaching.agreed_ways(customer))
    if form.is_valid():
        try:
            made = asking.invite(customer, **form.cleaned_data, by=request.member, tenant=request.tenant)
        except (asking.NotAgreed, asking.NotSent, asking.KeyUsed) as problem:
            form.add_error("channel", str(problem))
        else:
            if made.channel != Invitation.Channel.LINK:
                messages.success(request, _("The question is on its way."))
            return redirect_in(request, "feedback:invitation", customer_id=customer.id, invitation_id=made.id)
    return _render(request, customer, form)


@requires(Permission.INTERACTIONS_ADD)
def invitation(request: HttpRequest, customer_id: UUID, invitation_id: UUID) -> HttpResponse:
    """The link to copy, and its QR code for the customer's phone."""
    customer = _customer(request, customer_id)
    one = get_object_or_404(Invitation, id=invitation_id, customer=customer)
    address = asking.invitation_address(one, tenant=request.tenant)
    context = {"customer": customer, "invitation": one, "address": address, "qr": qr.svg(address),
               "survey": surveys.current()}  # fmt: skip
    return render(request, "feedback/invitation.html", context)


def _customer(request: HttpRequest, customer_id: UUID) -> Customer:
    return get_object_or_404(Customer.objects.visible_to(request.member), id=customer_id)


def _render(request: HttpRequest, customer: Customer, form: InvitationForm) -> HttpResponse:
    mine = Ticket.objects.visible_to(request.member).filter(customer=customer)
    context = {
        "customer": customer,
        "form": form,
        "tickets": mine.select_related("assignee__user", "response").order_by("-opened_at", "-id")[:SHOWN],
        "responses": Response.objects.visible_to(request.member).filter(customer=customer).order_by("-at")[:SHOWN],
    }
    return render_part(request, context, part="feedback/_customer_panel.html", page="feedback/customer_panel.html")
