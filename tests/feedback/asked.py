"""Answers and tickets for tests."""

from uuid import uuid4

from customers.models import Customer
from feedback import answering, asking, tickets
from feedback.models import Invitation, Response, Ticket
from sales.models import Order
from tenancy import links
from tenancy.models import Tenant


def answer(order: Order, score: int = 1, comment: str = "") -> Response:
    return answering.answer(answering.of_order(order), score=score, comment=comment)


def ticket(by=None, customer: Customer | None = None, **told) -> Ticket:
    told = {"subject": "Broken mug", "request_id": str(uuid4())} | told
    made, _is_new = tickets.open(**told, customer=customer, by=by)
    return made


def invitation(customer: Customer, by) -> Invitation:
    return asking.invite(customer, by=by, tenant=Tenant.objects.get())


def answered(customer: Customer, by=None, score: int = 1, comment: str = "坏了") -> Response:
    """An answer to an invitation of the customer."""
    return answering.answer(answering.of_invitation(invitation(customer, by)), score=score, comment=comment)


def path(order: Order) -> str:
    seal = links.seal(asking.OF_ORDER, order.id)
    return f"/p/{Tenant.objects.get().slug}/survey/{order.id}/{seal}/"


def path_of(invitation: Invitation) -> str:
    seal = links.seal(asking.OF_INVITATION, invitation.id)
    return f"/p/{Tenant.objects.get().slug}/survey/asked/{invitation.id}/{seal}/"


def everything(customer: Customer, by) -> dict:
    """A row in every table of the feedback; the ids that URLs carry."""
    made = invitation(customer, by)
    answering.answer(answering.of_invitation(made), score=1, comment="坏了")
    return {"ticket_id": Ticket.objects.get(customer=customer).id, "invitation_id": made.id}
