"""What staff see and do: the inbox, a ticket, a customer's feedback, the survey."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback import tickets
from feedback.models import Invitation, Survey, Ticket
from privacy import consent
from privacy.models import Channel, How, Purpose
from sales.models import Order
from tenancy import context
from tenancy.models import AuditEvent
from tests.feedback import asked
from tests.loyalty import shop as till
from tests.pages import shop


@pytest.fixture
def ada(cast, login):
    browser = login(cast.ada)
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def customer(tenant):
    with context.entered(tenant.id):
        return shop.stock(1)[0]


@pytest.fixture
def ticket(cast, customer, tenant):
    with context.entered(tenant.id):
        asked.answer(Order.objects.get(number="C0-0"), 1, "The mug is broken")
        return Ticket.objects.get()


def of(ticket, path="") -> str:
    return f"/t/lanhu/tickets/{ticket.id}/{path}"


def test_the_inbox_shows_what_is_due_and_keeps_filter_and_search(ada, ticket):
    page = ada.get("/t/lanhu/tickets/").content.decode()
    assert "Low score: 1 of 5" in page
    assert re.search(r'view=open" aria-current="true">Open <span class="count">1</span>', page)
    assert "Low score" not in ada.get("/t/lanhu/tickets/?view=mine").content.decode()
    found = ada.get("/t/lanhu/tickets/", {"q": ticket.number}).content.decode()
    assert ticket.number in found
    assert "No such ticket" in ada.get("/t/lanhu/tickets/", {"q": "zzz", "view": "open"}).content.decode()


def test_from_taking_it_to_closing_it(ada, cast, ticket, tenant):
    key = re.search(r'name="key" value="([^"]+)"', ada.get(of(ticket)).content.decode())[1]
    assert ada.post(of(ticket, "assignments/"), {"key": key, "assignee": cast.ada.id}).url == of(ticket)
    ada.post(of(ticket, "notes/"), {"key": uuid4(), "text": "Called the shop"})
    ada.post(of(ticket, "replies/"), {"key": uuid4(), "text": "We are sorry", "channel": "sms"})
    ada.post(of(ticket, "priorities/"), {"key": uuid4(), "priority": "normal"})
    ada.post(of(ticket, "closures/"), {"key": uuid4(), "text": "Exchanged"})
    page = ada.get(of(ticket)).content.decode()
    for said in ("The mug is broken", "Called the shop", "We are sorry", "Exchanged", "Open again"):
        assert said in page
    ada.post(of(ticket, "reopenings/"), {"key": uuid4(), "text": "Broken again"})
    with context.entered(tenant.id):
        ticket.refresh_from_db()
        assert (ticket.state, ticket.reopened, ticket.assignee) == ("open", 1, cast.ada)


def test_what_is_refused_stands_at_its_form(ada, ticket, tenant):
    empty = ada.post(of(ticket, "replies/"), {"key": uuid4(), "text": " ", "channel": "sms"}).content.decode()
    assert empty.count('class="errors"') == 1
    unfit = ada.post(of(ticket, "replies/"), {"key": uuid4(), "text": "x", "channel": "pigeon"}).content.decode()
    assert unfit.count('class="errors"') == 1
    long = ada.post(of(ticket, "notes/"), {"key": uuid4(), "text": "x" * 5001}).content.decode()
    assert long.count('class="errors"') == 1
    ada.post(of(ticket, "closures/"), {"key": uuid4()})
    again = ada.post(of(ticket, "reopenings/"), {"key": uuid4(), "text": "x" * 5001}).content.decode()
    assert again.count('class="errors"') == 1
    late = ada.post(of(ticket, "priorities/"), {"key": uuid4(), "priority": "normal"})
    assert "This ticket is closed. Open it again first." in late.content.decode()


def test_who_only_sees_gets_no_form_and_no_way_around(login, cast, customer, ticket, tenant):
    with context.entered(tenant.id):
        customer.owner = cast.alice
        customer.save()
    alice = login(cast.alice)
    page = alice.get(of(ticket)).content.decode()
    assert "The mug is broken" in page
    assert "replies/" not in page
    for act in ("replies", "notes", "assignments", "priorities", "closures", "reopenings"):
        assert alice.post(of(ticket, f"{act}/"), {"key": uuid4(), "text": "x"}).status_code == 403
    assert alice.get("/t/lanhu/tickets/new/").status_code == 403
    bob = login(cast.bob)
    assert (bob.get("/t/lanhu/tickets/").status_code, bob.get(of(ticket)).status_code) == (403, 403)


def test_tickets_of_others_customers_are_404(login, cast, ticket):
    dora = login(cast.dora)
    assert dora.get(of(ticket)).status_code == 404
    assert dora.post(of(ticket, "closures/"), {"key": uuid4()}).status_code == 404
    assert "Low score" not in dora.get("/t/lanhu/tickets/").content.decode()


def test_a_ticket_by_hand_is_opened_once(ada, customer, tenant):
    told = {"key": str(uuid4()), "subject": "Late parcel", "text": "Said on the phone", "priority": "normal"}
    answers = [ada.post(f"/t/lanhu/tickets/new/?customer={customer.id}", told).url for _time in range(2)]
    with context.entered(tenant.id):
        ticket = Ticket.objects.get()
        assert (ticket.customer, ticket.subject) == (customer, "Late parcel")
    assert answers == [of(ticket)] * 2
    assert ada.get("/t/lanhu/tickets/new/?customer=zzz").status_code == 404
    assert ada.get(f"/t/lanhu/tickets/new/?customer={uuid4()}").status_code == 404


def test_a_customer_is_asked_by_a_link_or_where_they_agreed(ada, cast, customer, tenant, caplog):
    panel = f"/t/lanhu/customers/{customer.id}/feedback/"
    key = uuid4()
    refused = ada.post(f"{panel}invitations/", {"key": key, "channel": "sms"})
    assert 'class="errors"' in refused.content.decode()
    with context.entered(tenant.id):
        assert Invitation.objects.count() == 0
        consent.give(customer, purposes=[Purpose.SERVICE], channel=Channel.SMS, how=How.PAGE, by=cast.ada)
    with caplog.at_level("INFO", logger="interactions.channels.console"):
        for _time in range(2):
            sent = ada.post(f"{panel}invitations/", {"key": key, "channel": "sms"}, follow=True)
    assert caplog.text.count("/survey/asked/") == 1
    page = sent.content.decode()
    assert "<svg" in page
    with context.entered(tenant.id):
        assert asked.path_of(Invitation.objects.get()) in page
        assert AuditEvent.objects.filter(action="survey.asked", subject_id=customer.id).count() == 1


def test_the_customers_feedback(ada, customer, ticket):
    page = ada.get(f"/t/lanhu/customers/{customer.id}/feedback/").content.decode()
    assert "The mug is broken" in page
    assert ticket.number in page
    assert "1 of 5" in ada.get(f"/t/lanhu/customers/{customer.id}/timeline/").content.decode()


def test_the_survey_is_previewed_without_being_saved(ada, tenant):
    ada.get("/t/lanhu/settings/survey/")
    words = {"question_zh": "怎么样？", "question_en": "How?", "thanks_zh": "谢谢", "thanks_en": "Thanks"}
    told = words | {"low_score": 3, "due_hours": 8, "link_days": 10, "is_active": "on"}
    preview = ada.post("/t/lanhu/settings/survey/", told | {"do": "preview"}).content.decode()
    assert "<strong>How?</strong>" in preview
    with context.entered(tenant.id):
        assert Survey.objects.get().question_en == "How happy are you with us?"
    assert ada.post("/t/lanhu/settings/survey/", told).status_code == 302
    with context.entered(tenant.id):
        survey = Survey.objects.get()
        assert (survey.question_en, survey.low_score, survey.due_hours, survey.link_days) == ("How?", 3, 8, 10)
    unfit = ada.post("/t/lanhu/settings/survey/", told | {"low_score": 6, "due_hours": 0, "link_days": 366})
    assert unfit.content.decode().count('class="errors"') == 3


def test_receipts_lead_to_the_question(ada, client, cast, tenant):
    with context.entered(tenant.id):
        till.programme()
        receipt = till.buy(None, by=cast.ada)
        path = asked.path(receipt.order)
    assert path in ada.get(f"/t/lanhu/till/receipts/{receipt.id}/").content.decode()


def test_the_inbox_costs_the_same_with_one_ticket_and_with_many(ada, cast, customer, tenant):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert ada.get("/t/lanhu/tickets/").status_code == 200
        return len(captured)

    with context.entered(tenant.id):
        asked.ticket(cast.ada, customer)
    queries()
    few = queries()
    with context.entered(tenant.id):
        for _time in range(4):
            tickets.assign(asked.ticket(cast.ada, customer), cast.dora, request_id="a", by=cast.ada)
        asked.answered(customer, cast.ada)
    assert queries() == few


def test_what_is_due_stands_on_the_home_page(ada, login, cast, ticket):
    assert of(ticket) in ada.get("/t/lanhu/").content.decode()
    assert of(ticket) not in login(cast.bob).get("/t/lanhu/").content.decode()
