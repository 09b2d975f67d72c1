"""Tickets: opened, given to somebody, answered, closed. Each act is one entry in the story and done once.

A `request_id` names the act (a form's key, a program's); the same again does nothing and returns the same.
"""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer
from feedback import kinds, reaching, surveys
from feedback.models import Response, Survey, Ticket, TicketEntry
from interactions import channels, timeline
from sales.models import Order
from tenancy import audit, sending
from tenancy.models import Membership, Tenant
from tenancy.permissions import Permission
from webhooks import feed

Kind, State, Priority = TicketEntry.Kind, Ticket.State, Ticket.Priority
LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is taken for another
LENGTH = 7
MOST_SUBJECT, MOST_TEXT = 200, 5000


class IsClosed(Exception):
    """The ticket is closed: open it again first."""


class NotClosed(Exception):
    """Only a closed ticket can be opened again."""


class CannotWork(Exception):
    """The member may not work on tickets, or does not see this one."""


class NoWay(reaching.NoWay):
    """The customer cannot be reached there."""


def open(
    *,
    subject: str,
    request_id: str,
    by: Membership | None,
    customer: Customer | None = None,
    response: Response | None = None,
    order: Order | None = None,
    text: str = "",
    priority: str = Priority.NORMAL,
    assignee: Membership | None = None,
    due_at: datetime | None = None,
) -> tuple[Ticket, bool]:
    """A ticket that is due in the survey's hours, and whether it is new. Raises CannotWork."""
    if assignee is not None:
        _check_worker(assignee)
    due_at = due_at or timezone.now() + timedelta(hours=surveys.current().due_hours)
    told = {
        "request_id": request_id, "customer": customer, "response": response, "order": order, "subject": subject,
        "priority": priority, "assignee": assignee, "due_at": due_at, "opened_by": by,
    }  # fmt: skip
    ticket, is_new = _insert(told)
    if is_new:
        entry = _write(ticket, Kind.OPENED, request_id, text=text, by=by)
        _on_timeline(ticket, entry, kinds.OPENED)
        feed.record((kinds.OPENED, [ticket.id]))
        audit.record("ticket.opened", ticket, by=by)
    return ticket, is_new


def _insert(told: dict) -> tuple[Ticket, bool]:
    """Numbers are random, so that nobody waits for one; the rare second of its kind is drawn anew."""
    while True:
        ticket = Ticket(number="".join(secrets.choice(LETTERS) for _place in range(LENGTH)), **told)
        Ticket.objects.bulk_create([ticket], ignore_conflicts=True)
        standing = Ticket.objects.filter(request_id=told["request_id"]).first()
        if standing is not None:
            return standing, standing.id == ticket.id


def follow(response: Response, *, survey: Survey) -> Ticket | None:
    """The ticket of an answer: opened where the score is low, told where the customer changed the answer."""
    ticket = Ticket.objects.filter(response=response).first()
    if ticket is not None:
        _tell_answer(ticket, response)
    elif response.score <= survey.low_score:
        ticket, _is_new = open(
            subject="",
            request_id=f"response:{response.id}",
            customer=response.customer,
            response=response,
            order=response.order,
            text=response.comment,
            priority=Priority.URGENT if response.score == 1 else Priority.NORMAL,
            due_at=response.at + timedelta(hours=survey.due_hours),
            by=None,
        )
    return ticket


def _tell_answer(ticket: Ticket, response: Response) -> None:
    ticket, _is_new = _held(ticket, request_id := f"answer:{response.changed_at.isoformat()}")
    _write(ticket, Kind.ANSWER, request_id, text=response.comment, facts={"score": response.score})
    if ticket.state == State.WAITING:
        ticket.state = State.OPEN
        ticket.save(update_fields=["state"])
    feed.record((kinds.CHANGED, [ticket.id]))


def note(ticket: Ticket, *, text: str, request_id: str, by: Membership | None) -> Ticket:
    """Words for colleagues. A closed ticket takes them too."""
    ticket, is_new = _held(ticket, request_id)
    if is_new:
        _write(ticket, Kind.NOTE, request_id, text=text, by=by)
        _changed(ticket, "ticket.noted", by=by)
    return ticket


def reply(
    ticket: Ticket, *, text: str, channel: str, request_id: str, tenant: Tenant, by: Membership | None
) -> TicketEntry:
    """Write to the customer, who is waited for then. Raises NoWay, IsClosed.

    A reply that did not leave is kept as such, and the ticket stays as it is. It is sent before commit, under
    the ticket's lock: so the entry says what became of it, and a second press waits and finds the first.
    """
    ticket, is_new = _held(ticket, request_id)
    if not is_new:
        return ticket.entries.get(request_id=request_id)
    _check_unclosed(ticket)
    to = reaching.ways(ticket.customer).get(channel)
    if to is None:
        raise NoWay(_("The customer has no such address."))
    try:
        channels.send(channel, to, text, subject=f"{tenant.name} · {ticket.number}")
    except channels.Undeliverable as problem:
        return _undelivered(ticket, text, channel, request_id, str(problem), by)
    except sending.Paused:
        why = _("Sending is switched off on this installation.")
        return _undelivered(ticket, text, channel, request_id, why, by)
    entry = _write(ticket, Kind.REPLY, request_id, text=text, channel=channel, by=by)
    ticket.state, ticket.first_reply_at = State.WAITING, ticket.first_reply_at or entry.at
    ticket.save(update_fields=["state", "first_reply_at"])
    _on_timeline(ticket, entry, kinds.REPLIED)
    _changed(ticket, "ticket.replied", by=by, changes={"channel": channel})
    return entry


def _undelivered(ticket, text, channel, request_id, why: str, by) -> TicketEntry:
    facts = {"why": why[:300]}
    entry = _write(ticket, Kind.UNDELIVERED, request_id, text=text, channel=channel, facts=facts, by=by)
    _changed(ticket, "ticket.not_replied", by=by, changes={"channel": channel})
    return entry


def assign(ticket: Ticket, assignee: Membership | None, *, request_id: str, by: Membership | None) -> Ticket:
    """Give it to a colleague, or to nobody. Raises CannotWork, IsClosed."""
    ticket, is_new = _held(ticket, request_id)
    if not is_new or ticket.assignee_id == (assignee and assignee.id):
        return ticket
    _check_unclosed(ticket)
    if assignee is not None:
        _check_worker(assignee)
    facts = {"to": assignee and str(assignee.id), "from": ticket.assignee_id and str(ticket.assignee_id)}
    ticket.assignee = assignee
    ticket.save(update_fields=["assignee"])
    _write(ticket, Kind.ASSIGNED, request_id, facts=facts, by=by)
    _changed(ticket, "ticket.assigned", by=by, changes={"assignee": [facts["from"] or "", facts["to"] or ""]})
    return ticket


def prioritise(ticket: Ticket, priority: str, *, request_id: str, by: Membership | None) -> Ticket:
    """Say how urgent it is. Raises IsClosed."""
    ticket, is_new = _held(ticket, request_id)
    if not is_new or ticket.priority == priority:
        return ticket
    _check_unclosed(ticket)
    facts = {"from": ticket.priority, "to": str(priority)}
    ticket.priority = priority
    ticket.save(update_fields=["priority"])
    _write(ticket, Kind.PRIORITY, request_id, facts=facts, by=by)
    _changed(ticket, "ticket.prioritised", by=by, changes={"priority": [facts["from"], facts["to"]]})
    return ticket


def close(ticket: Ticket, *, request_id: str, by: Membership | None, text: str = "") -> Ticket:
    """It is done. Raises IsClosed where somebody else was quicker."""
    ticket, is_new = _held(ticket, request_id)
    if not is_new:
        return ticket
    _check_unclosed(ticket)
    ticket.state, ticket.closed_at, ticket.closed_by = State.CLOSED, timezone.now(), by
    ticket.save(update_fields=["state", "closed_at", "closed_by"])
    entry = _write(ticket, Kind.CLOSED, request_id, text=text, by=by)
    _on_timeline(ticket, entry, kinds.CLOSED)
    feed.record((kinds.CLOSED, [ticket.id]))
    audit.record("ticket.closed", ticket, by=by)
    return ticket


def reopen(ticket: Ticket, *, request_id: str, by: Membership | None, text: str = "") -> Ticket:
    """It was not done after all; the clock starts anew. Raises NotClosed."""
    ticket, is_new = _held(ticket, request_id)
    if not is_new:
        return ticket
    if not ticket.is_closed:
        raise NotClosed(_("This ticket is open already."))
    ticket.state, ticket.closed_at, ticket.closed_by = State.OPEN, None, None
    ticket.due_at = timezone.now() + timedelta(hours=surveys.current().due_hours)
    ticket.reopened += 1
    ticket.save(update_fields=["state", "closed_at", "closed_by", "due_at", "reopened"])
    entry = _write(ticket, Kind.REOPENED, request_id, text=text, by=by)
    _on_timeline(ticket, entry, kinds.REOPENED)
    _changed(ticket, "ticket.reopened", by=by)
    return ticket


def workers() -> QuerySet[Membership]:
    """Colleagues who may work on tickets, by name."""
    able = Membership.objects.filter(is_active=True, role__permissions__contains=[str(Permission.TICKETS_EDIT)])
    return able.select_related("user", "role").order_by("user__name", "user__email")


def _held(ticket: Ticket, request_id: str) -> tuple[Ticket, bool]:
    """The ticket, locked until commit, and whether this act is new to it."""
    row = Ticket.objects.select_for_update(no_key=True, of=["self"]).select_related("customer").get(id=ticket.id)
    return row, not row.entries.filter(request_id=request_id).exists()


def _write(ticket: Ticket, kind: str, request_id: str, *, text="", channel="", facts=None, by=None) -> TicketEntry:
    return TicketEntry.objects.create(
        ticket=ticket, kind=kind, request_id=request_id, text=text, channel=channel, facts=facts or {}, by=by
    )


def _on_timeline(ticket: Ticket, entry: TicketEntry, kind: str) -> None:
    """The timeline names the ticket; what was written stays in its story, for those who may see tickets."""
    if ticket.customer_id:
        timeline.record(ticket.customer, kind, at=entry.at, by=entry.by, subject_id=entry.id)


def _changed(ticket: Ticket, action: str, *, by: Membership | None, changes: dict | None = None) -> None:
    feed.record((kinds.CHANGED, [ticket.id]))
    audit.record(action, ticket, by=by, changes=changes)


def _check_unclosed(ticket: Ticket) -> None:
    if ticket.is_closed:
        raise IsClosed(_("This ticket is closed. Open it again first."))


def _check_worker(assignee: Membership) -> None:
    if not (assignee.is_active and assignee.can(Permission.TICKETS_EDIT)):
        raise CannotWork(_("%(name)s may not work on tickets.") % {"name": assignee})


def entries_of(ids: set[UUID]) -> dict[UUID, TicketEntry]:
    """For the timeline: entries with their tickets."""
    return TicketEntry.objects.select_related("ticket").in_bulk(ids)
