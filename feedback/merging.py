"""What the timeline tells of a ticket goes where the ticket goes."""

from uuid import UUID

from customers.registry import Parting
from feedback.models import Ticket
from tenancy.database.bulk import fetch
from tenancy.models import Membership


def follow_back(parting: Parting, *, by: Membership | None) -> None:
    _follow(parting.root_id, [hop.customer_id for hop in parting.hops])


def follow_row(model: str, row_id: UUID, former: UUID, customer_id: UUID) -> None:
    if model == Ticket._meta.label:
        _follow(former, [customer_id])


def _follow(former: UUID, customer_ids: list[UUID]) -> None:
    """Rows that were written at `former` of tickets that are these customers' now."""
    fetch(
        """UPDATE interactions_interaction i SET customer_id = t.customer_id
           FROM feedback_ticket t JOIN feedback_ticketentry e ON e.ticket_id = t.id
           WHERE t.customer_id = ANY(%s) AND i.subject_id = e.id AND i.customer_id = %s""",
        [customer_ids, former],
    )
