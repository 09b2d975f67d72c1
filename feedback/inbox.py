"""Which tickets a member looks at, and how many there are of each kind."""

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers import search
from feedback.models import Ticket
from tenancy.models import Membership

OPEN, MINE, UNASSIGNED, OVERDUE, CLOSED = "open", "mine", "unassigned", "overdue", "closed"
VIEWS = {
    OPEN: pgettext_lazy("ticket", "Open"),
    MINE: _("Mine"),
    UNASSIGNED: _("Nobody's"),
    OVERDUE: _("Overdue"),
    CLOSED: _("Closed"),
}
BY_DUE = ("due_at", "id")
BY_CLOSING = ("-closed_at", "-id")
BY_AGE = ("-opened_at", "-id")
LONGEST = 100


def _conditions(member: Membership) -> dict[str, Q]:
    unclosed = Q(closed_at=None)
    return {
        OPEN: unclosed,
        MINE: unclosed & Q(assignee_id=member.id),
        UNASSIGNED: unclosed & Q(assignee_id=None),
        OVERDUE: unclosed & Q(due_at__lt=Now()),
        CLOSED: ~unclosed,
    }


def rows(member: Membership, *, view: str, query: str = "", region: str) -> tuple[QuerySet[Ticket], tuple[str, ...]]:
    """The tickets of a view and their order: due first, closed ones by their end, found ones by age.

    `query` is a ticket's number or anything a customer is found by; without a view it finds closed ones too.
    """
    found = Ticket.objects.visible_to(member).select_related("customer", "assignee__user", "response")
    if query:
        people = search.find(query[:LONGEST], member=member, region=region)
        found = found.filter(Q(number=query.upper()) | Q(customer__in=[one.id for one in people]))
    if query and view not in VIEWS:
        return found, BY_AGE
    view = view if view in VIEWS else OPEN
    return found.filter(_conditions(member)[view]), BY_CLOSING if view == CLOSED else BY_DUE


def counts(member: Membership) -> dict[str, int]:
    """How many of each view but the closed ones, in one look at what is open."""
    conditions = {view: condition for view, condition in _conditions(member).items() if view != CLOSED}
    visible = Ticket.objects.visible_to(member).unclosed()
    return visible.aggregate(**{view: Count("id", filter=condition) for view, condition in conditions.items()})


def due(member: Membership, *, most: int) -> list[Ticket]:
    """The member's own and nobody's, the soonest due first."""
    visible = Ticket.objects.visible_to(member).unclosed()
    mine = visible.filter(Q(assignee_id=member.id) | Q(assignee_id=None))
    return list(mine.select_related("customer", "assignee__user", "response").order_by(*BY_DUE)[:most])
