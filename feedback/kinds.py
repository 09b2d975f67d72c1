"""What the timeline and the change feed tell of answers and tickets."""

from django.utils.translation import gettext_lazy as _

from webhooks import kinds

ANSWERED = "survey.answered"
CORRECTED = "survey.corrected"
ASKED = "survey.asked"
OPENED = "ticket.opened"
REPLIED = "ticket.replied"
CLOSED = "ticket.closed"
REOPENED = "ticket.reopened"
CHANGED = "ticket.changed"
RESPONSE_ADDRESS = "/api/v1/responses/{id}/"
TICKET_ADDRESS = "/api/v1/tickets/{id}/"


def declare() -> None:
    kinds.declare(ANSWERED, _("A customer answered the survey, or changed the answer."), address=RESPONSE_ADDRESS)
    kinds.declare(OPENED, _("A ticket was opened."), address=TICKET_ADDRESS)
    kinds.declare(CHANGED, _("A ticket has changed."), address=TICKET_ADDRESS)
    kinds.declare(CLOSED, _("A ticket was closed."), address=TICKET_ADDRESS)
