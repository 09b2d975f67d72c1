"""What customers answer: once, or anew within a day; a low score opens one ticket."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone, translation

from customers.models import Customer
from feedback import answering, asking, surveys
from feedback.models import Response, Survey, Ticket, TicketEntry
from interactions.models import Interaction
from privacy import erasure
from sales.models import Order
from tenancy import companies, context
from tenancy.models import Tenant
from tests.feedback import asked
from tests.pages import shop
from webhooks.models import Change


@pytest.fixture
def order(entered):
    return Order.objects.get(customer=shop.stock(1)[0], number="C0-0")


def kinds_of(customer) -> list[str]:
    rows = Interaction.objects.filter(customer=customer).exclude(kind__startswith="order.")
    return list(rows.order_by("created_at", "id").values_list("kind", flat=True))


def test_a_kind_answer_stands_on_the_timeline_and_in_the_feed(order):
    response = asked.answer(order, 5, "Lovely")
    row = Interaction.objects.get(kind="survey.answered")
    assert (row.subject_id, row.text, row.facts["score"]) == (response.id, "Lovely", 5)
    assert Change.objects.filter(kind="survey.answered", subject_id=response.id).count() == 1
    assert Ticket.objects.count() == 0


def test_a_low_score_opens_a_ticket_that_is_due_in_the_surveys_hours(order):
    surveys.change({"low_score": 3, "due_hours": 5}, by=None)
    response = asked.answer(order, 3, "The colour is off")
    ticket = Ticket.objects.get()
    assert (ticket.response, ticket.customer, ticket.order) == (response, order.customer, order)
    assert ticket.due_at == response.at + timedelta(hours=5)
    assert ticket.entries.get().text == "The colour is off"
    assert kinds_of(order.customer) == ["survey.answered", "ticket.opened"]


@pytest.mark.parametrize(("bar", "score", "opened"), [(2, 3, 0), (2, 2, 1), (0, 1, 0), (5, 5, 1)])
def test_the_bar_says_what_is_low(order, bar, score, opened):
    surveys.change({"low_score": bar}, by=None)
    asked.answer(order, score)
    assert Ticket.objects.count() == opened


def test_the_same_answer_again_changes_nothing(order):
    first, again = asked.answer(order, 1, "Broken"), asked.answer(order, 1, "Broken")
    assert first == again
    assert kinds_of(order.customer) == ["survey.answered", "ticket.opened"]
    assert Change.objects.filter(kind="survey.answered").count() == 1


def test_the_last_word_counts_and_the_timeline_keeps_both(order):
    asked.answer(order, 5, "Lovely")
    asked.answer(order, 1, "It broke")
    response = Response.objects.get()
    assert (response.score, response.comment) == (1, "It broke")
    told = Interaction.objects.filter(kind__startswith="survey.").order_by("created_at", "id")
    assert [(row.kind, row.text, row.facts["score"]) for row in told] == [
        ("survey.answered", "Lovely", 5), ("survey.corrected", "It broke", 1),
    ]  # fmt: skip
    assert Ticket.objects.count() == 1


def test_a_changed_answer_is_told_to_its_ticket_and_opens_no_second(order):
    asked.answer(order, 1, "Broken")
    Ticket.objects.update(state="waiting")
    asked.answer(order, 2, "A little broken")
    ticket = Ticket.objects.get()
    assert ticket.state == "open"
    entry = ticket.entries.get(kind=TicketEntry.Kind.ANSWER)
    assert (entry.text, entry.facts) == ("A little broken", {"score": 2})


def test_after_a_day_the_answer_stands(order):
    asked.answer(order, 5)
    Response.objects.update(at=timezone.now() - timedelta(hours=25))
    with pytest.raises(answering.Closed):
        asked.answer(order, 1)
    assert Response.objects.get().score == 5


def test_old_links_and_a_survey_that_is_off_take_no_answer(order):
    Order.objects.update(at=timezone.now() - timedelta(days=31))
    with pytest.raises(answering.Closed):
        asked.answer(Order.objects.get(id=order.id), 1)
    Order.objects.update(at=timezone.now())
    surveys.change({"is_active": False}, by=None)
    with pytest.raises(answering.Closed):
        asked.answer(Order.objects.get(id=order.id), 1)
    assert asking.order_address(order, tenant=Tenant.objects.get()) == ""
    assert Response.objects.count() == 0


def test_an_invitation_is_answered_once_and_another_one_again(order, cast):
    customer = order.customer
    first, second = asked.invitation(customer, cast.ada), asked.invitation(customer, cast.ada)
    for invitation in (first, second, first):
        answering.answer(answering.of_invitation(invitation), score=4, comment="")
    assert Response.objects.filter(customer=customer).count() == 2


def test_an_order_without_a_customer_is_answered_by_nobody(order):
    Order.objects.filter(id=order.id).update(customer=None)
    response = asked.answer(Order.objects.get(id=order.id), 1, "Who am I?")
    assert response.customer is None
    assert Ticket.objects.get().customer is None
    assert Interaction.objects.filter(kind__startswith="survey.").count() == 0


def test_erasure_takes_the_words_and_closes_the_link(order, cast):
    customer = order.customer
    invitation = asked.invitation(customer, cast.ada)
    answering.answer(answering.of_invitation(invitation), score=1, comment="My name is Person")
    ticket = asked.ticket(cast.ada, customer, subject="About Person", text="Person said")
    erasure.erase(customer, reason="request", by=cast.ada)
    assert Response.objects.get().comment == ""
    assert {row.subject for row in Ticket.objects.all()} == {""}
    assert {row.text for row in TicketEntry.objects.all()} == {""}
    with translation.override("en"):
        assert Ticket.objects.get(id=ticket.id).title == "Ticket"
    invitation.refresh_from_db()
    with pytest.raises(answering.Closed):
        answering.answer(
            answering.of_invitation(type(invitation).objects.select_related("customer").get()), score=1, comment=""
        )


@pytest.mark.django_db(transaction=True)
def test_twenty_equal_answers_at_once_make_one_response_and_one_ticket():
    tenant = companies.create("lanhu", name="蓝湖百货")
    with context.entered(tenant.id):
        order = Order.objects.get(customer=shop.stock(1)[0], number="C0-0")

    def once(_turn) -> str:
        try:
            with context.entered(tenant.id):
                return str(asked.answer(order, 1, "Broken").id)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(once, range(20)))
    with context.entered(tenant.id):
        assert answers == {str(Response.objects.get().id)}
        assert (Ticket.objects.count(), TicketEntry.objects.count(), Survey.objects.count()) == (1, 1, 1)
        assert kinds_of(Customer.objects.get()) == ["survey.answered", "ticket.opened"]
        assert Change.objects.filter(kind__in=["survey.answered", "ticket.opened"]).count() == 2
