from feedback.models.responses import Invitation, Response
from feedback.models.surveys import Survey
from feedback.models.tickets import Ticket, TicketEntry

__all__ = ["Invitation", "Response", "Survey", "Ticket", "TicketEntry"]
