"""What is done to a ticket: each act once, under its name; what cannot be is refused."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from customers.models import Customer
from feedback import inbox, tickets
from feedback.models import Ticket, TicketEntry
from interactions.models import Interaction
from tenancy import sending
from tenancy.models import AuditEvent, Tenant
from tests.feedback import asked
from tests.pages import shop
from webhooks.models import Change


@pytest.fixture
def customer(entered):
    return shop.stock(1)[0]


@pytest.fixture
def ticket(cast, customer):
    return asked.ticket(cast.ada, customer)


def key() -> str:
    return str(uuid4())


def replied(ticket, by, **told):
    told = {"text": "We will exchange it.", "channel": "sms", "request_id": key()} | told
    return tickets.reply(ticket, **told, tenant=Tenant.objects.get(), by=by)


def story(ticket) -> list[str]:
    return list(ticket.entries.order_by("at", "id").values_list("kind", flat=True))


def test_a_life_of_a_ticket(ticket, cast):
    tickets.assign(ticket, cast.dora, request_id=key(), by=cast.ada)
    tickets.note(ticket, text="Called the shop", request_id=key(), by=cast.dora)
    replied(ticket, cast.dora)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.assignee, ticket.first_reply_at is None) == ("waiting", cast.dora, False)
    tickets.close(ticket, text="Exchanged", request_id=key(), by=cast.dora)
    reopened = tickets.reopen(ticket, request_id=key(), by=cast.ada)
    assert (reopened.state, reopened.closed_at, reopened.reopened) == ("open", None, 1)
    assert story(ticket) == ["opened", "assigned", "note", "reply", "closed", "reopened"]
    rows = Interaction.objects.filter(kind__startswith="ticket.").order_by("created_at", "id")
    assert list(rows.values_list("kind", flat=True)) == [
        "ticket.opened", "ticket.replied", "ticket.closed", "ticket.reopened",
    ]  # fmt: skip
    audited = AuditEvent.objects.filter(subject_id=ticket.id).order_by("at", "id").values_list("action", flat=True)
    assert list(audited) == [
        "ticket.opened", "ticket.assigned", "ticket.noted", "ticket.replied", "ticket.closed", "ticket.reopened",
    ]  # fmt: skip
    fed = Change.objects.filter(subject_id=ticket.id).order_by("id").values_list("kind", flat=True)
    assert list(fed) == [
        "ticket.opened", "ticket.changed", "ticket.changed", "ticket.changed", "ticket.closed", "ticket.changed",
    ]  # fmt: skip


def test_every_act_is_done_once_under_its_name(cast, customer):
    ticket, is_new = tickets.open(subject="a", request_id="k", customer=customer, by=cast.ada)
    assert (tickets.open(subject="b", request_id="k", by=cast.ada), is_new) == ((ticket, False), True)
    for _time in range(2):
        tickets.assign(ticket, cast.dora, request_id="1", by=cast.ada)
        tickets.note(ticket, text="n", request_id="2", by=cast.ada)
        replied(ticket, cast.ada, request_id="3")
        tickets.prioritise(ticket, "urgent", request_id="4", by=cast.ada)
        tickets.close(ticket, request_id="5", by=cast.ada)
    tickets.reopen(ticket, request_id="6", by=cast.ada)
    tickets.reopen(ticket, request_id="6", by=cast.ada)
    ticket.refresh_from_db()
    assert (ticket.subject, ticket.reopened, ticket.state) == ("a", 1, "open")
    assert story(ticket) == ["opened", "assigned", "note", "reply", "priority", "closed", "reopened"]


def test_what_a_closed_ticket_refuses(ticket, cast):
    with pytest.raises(tickets.NotClosed):
        tickets.reopen(ticket, request_id=key(), by=cast.ada)
    tickets.close(ticket, request_id=key(), by=cast.ada)
    for act in (
        lambda: tickets.close(ticket, request_id=key(), by=cast.ada),
        lambda: tickets.assign(ticket, cast.dora, request_id=key(), by=cast.ada),
        lambda: tickets.prioritise(ticket, "urgent", request_id=key(), by=cast.ada),
        lambda: replied(ticket, cast.ada),
    ):
        with pytest.raises(tickets.IsClosed):
            act()
    tickets.note(ticket, text="still", request_id=key(), by=cast.ada)
    assert story(ticket) == ["opened", "closed", "note"]


def test_a_ticket_is_given_to_those_who_may_work_on_it(ticket, cast):
    with pytest.raises(tickets.CannotWork):
        tickets.assign(ticket, cast.bob, request_id=key(), by=cast.ada)
    with pytest.raises(tickets.CannotWork):
        tickets.open(subject="x", request_id=key(), assignee=cast.alice, by=cast.ada)
    assert set(tickets.workers()) == {cast.ada, cast.dora}


def test_a_reply_needs_an_address(ticket, cast):
    with pytest.raises(tickets.NoWay):
        replied(ticket, cast.ada, channel="email")
    with pytest.raises(tickets.NoWay):
        replied(asked.ticket(cast.ada), cast.ada)
    assert story(ticket) == ["opened"]


def test_a_reply_that_does_not_leave_is_kept_and_says_so(ticket, cast, settings):
    settings.MAIL_TRANSPORT = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 2
    settings.EMAIL_BACKEND = "tenancy.sending.MailBackend"
    Customer.objects.filter(id=ticket.customer_id).get()
    customer = ticket.customer
    customer.email = "person@example.com"
    customer.save()
    entry = replied(ticket, cast.ada, channel="email")
    assert (entry.kind, entry.text) == (TicketEntry.Kind.UNDELIVERED, "We will exchange it.")
    assert entry.facts["why"]
    ticket.refresh_from_db()
    assert (ticket.state, ticket.first_reply_at) == ("open", None)
    assert Interaction.objects.filter(kind="ticket.replied").count() == 0


def test_a_restored_copy_sends_nothing(ticket, cast):
    sending.switch(on=False)
    try:
        assert replied(ticket, cast.ada).kind == TicketEntry.Kind.UNDELIVERED
    finally:
        sending.switch(on=True)


@pytest.mark.parametrize("sql", ["UPDATE feedback_ticketentry SET channel = 'x'", "DELETE FROM feedback_ticketentry"])
def test_the_story_is_written_once(ticket, sql):
    from tenancy.database.bulk import fetch

    with pytest.raises(DatabaseError), transaction.atomic():
        fetch(sql)


def test_views_and_their_counts(cast, customer):
    mine, late, closed = (asked.ticket(cast.ada, customer) for _time in range(3))
    tickets.assign(mine, cast.ada, request_id=key(), by=cast.ada)
    tickets.close(closed, request_id=key(), by=cast.ada)
    Ticket.objects.filter(id=late.id).update(due_at=timezone.now() - timedelta(hours=2))

    def seen(view, query=""):
        rows, order = inbox.rows(cast.ada, view=view, query=query, region="CN")
        return list(rows.order_by(*order))

    assert seen("open") == [late, mine]
    assert (seen("mine"), seen("unassigned"), seen("overdue"), seen("closed")) == ([mine], [late], [late], [closed])
    assert inbox.counts(cast.ada) == {"open": 2, "mine": 1, "unassigned": 1, "overdue": 1}
    assert seen("", closed.number.lower()) == [closed]
    assert set(seen("", "Person 0")) == {mine, late, closed}
    assert seen("mine", "Person 0") == [mine]
    assert inbox.due(cast.ada, most=5) == [late, mine]


def test_whose_tickets_one_sees(cast, customer):
    of_customer, of_nobody, given = asked.ticket(None, customer), asked.ticket(), asked.ticket()
    Customer.objects.update(store=cast.other_store)
    tickets.assign(given, cast.dora, request_id=key(), by=cast.ada)

    def seen(member):
        return set(Ticket.objects.visible_to(member))

    assert seen(cast.ada) == {of_customer, of_nobody, given}
    assert seen(cast.dora) == {of_customer, given}
    assert seen(cast.alice) == seen(cast.bob) == set()
    assert set(Ticket.objects.editable_by(cast.dora)) == {of_customer, given}
    Customer.objects.update(owner=cast.alice)
    assert seen(cast.alice) == {of_customer}
    assert not Ticket.objects.editable_by(cast.alice).exists()
