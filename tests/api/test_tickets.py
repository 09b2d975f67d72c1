"""Tickets and answers over REST: worked on as on the pages, each act once under its key."""

from uuid import uuid4

import pytest

from customers.models import Customer
from feedback.models import Ticket
from sales.models import Order
from tenancy import context
from tests.feedback import asked
from tests.pages import shop


@pytest.fixture
def customer(cast, tenant):
    with context.entered(tenant.id):
        return shop.stock(1)[0]


@pytest.fixture
def ticket(customer, cast, tenant):
    with context.entered(tenant.id):
        return asked.ticket(cast.ada, customer)


def test_a_ticket_from_opening_to_closing(ada, cast, customer):
    body = {"key": "t1", "subject": "Broken mug", "text": "On the phone", "customer_id": str(customer.id)}
    first, again = ada.post("tickets/", body), ada.post("tickets/", body)
    assert (first.status_code, again.status_code, again.json()["id"]) == (201, 200, first.json()["id"])
    at = f"tickets/{first.json()['id']}/"
    for _time in range(2):
        assert ada.post(f"{at}assignments/", {"key": "a", "assignee_id": str(cast.dora.id)}).status_code == 201
        ada.post(f"{at}notes/", {"key": "n", "text": "Called"})
        reply = ada.post(f"{at}replies/", {"key": "r", "text": "Sorry", "channel": "sms"}).json()
        closed = ada.post(f"{at}closures/", {"key": "c", "text": "Exchanged"}).json()
    assert (reply["kind"], closed["state"], closed["assignee_id"]) == ("reply", "closed", str(cast.dora.id))
    assert ada.post(f"{at}reopenings/", {"key": "o"}).json()["reopened"] == 1
    kinds = [entry["kind"] for entry in ada.get(at).json()["entries"]]
    assert kinds == ["opened", "assigned", "note", "reply", "closed", "reopened"]


def test_refusals_name_what_is_wrong(ada, cast, ticket):
    at = f"tickets/{ticket.id}/"

    def code(path, body) -> tuple[int, str]:
        answer = ada.post(path, body)
        return answer.status_code, answer.json()["code"]

    assert code(f"{at}reopenings/", {"key": "1"}) == (422, "ticket_open")
    assert code(f"{at}replies/", {"key": "2", "text": "x", "channel": "email"}) == (422, "no_way_to_send")
    assert code(f"{at}assignments/", {"key": "3", "assignee_id": str(cast.bob.id)}) == (422, "cannot_work")
    assert code(f"{at}assignments/", {"key": "4", "assignee_id": str(uuid4())}) == (422, "unknown_member")
    assert code("tickets/", {"key": "5", "subject": "x", "customer_id": str(uuid4())}) == (422, "unknown_customer")
    ada.post(f"{at}closures/", {"key": "6"})
    assert code(f"{at}closures/", {"key": "7"}) == (422, "ticket_closed")
    assert ada.patch(at, {"priority": "urgent"}).json()["code"] == "ticket_closed"
    assert ada.post("tickets/", {"key": "k" * 51, "subject": "x"}).status_code == 400


def test_keys_of_two_members_are_two(ada, program, cast):
    body = {"key": "same", "subject": "x"}
    assert ada.post("tickets/", body).json()["id"] != program(cast.dora).post("tickets/", body).json()["id"]


def test_filters(ada, cast, customer, ticket, tenant):
    with context.entered(tenant.id):
        late = asked.ticket(cast.ada, assignee=cast.dora)
        Ticket.objects.filter(id=late.id).update(due_at="2026-01-01T00:00Z")

    def ids(query) -> list[str]:
        return [one["id"] for one in ada.get(f"tickets/?{query}").json()["results"]]

    both = [str(late.id), str(ticket.id)]
    assert (ids(""), ids("state=open"), ids("state=closed")) == (both, both, [])
    assert ids("overdue=true") == ids(f"assignee_id={cast.dora.id}") == [str(late.id)]
    assert ids("overdue=false") == ids(f"customer_id={customer.id}") == [str(ticket.id)]
    assert ada.get("tickets/?state=lost").status_code == 400


def test_links_and_answers(ada, customer, client, tenant):
    with context.entered(tenant.id):
        order = Order.objects.get(number="C0-0")
    of_order = ada.post("surveys/links/", {"order_id": str(order.id)}).json()
    of_customer = ada.post("surveys/links/", {"customer_id": str(customer.id)}).json()
    for link, score in ((of_order, 2), (of_customer, 5)):
        assert client.post("/" + link["address"].split("/", 3)[3], {"score": score}).status_code == 302
    told = ada.get("responses/").json()["results"]
    assert [(one["score"], one["order_id"], one["customer_id"]) for one in told] == [
        (5, None, str(customer.id)), (2, str(order.id), str(customer.id)),
    ]  # fmt: skip
    assert ada.get(f"responses/{told[0]['id']}/").json() == told[0]
    assert ada.post("surveys/links/", {}).status_code == 400
    both = {"order_id": str(order.id), "customer_id": str(customer.id)}
    assert ada.post("surveys/links/", both).status_code == 400
    assert ada.post("surveys/links/", {"order_id": str(uuid4())}).json()["code"] == "unknown_subject"


def test_a_narrow_scope_narrows_tickets_and_answers(program, cast, customer, ticket, tenant):
    with context.entered(tenant.id):
        asked.answered(customer, cast.ada, score=5)
    dora = program(cast.dora)

    def seen() -> tuple[int, int]:
        return len(dora.get("tickets/").json()["results"]), len(dora.get("responses/").json()["results"])

    assert seen() == (0, 0)
    assert dora.post("surveys/links/", {"customer_id": str(customer.id)}).json()["code"] == "unknown_subject"
    with context.entered(tenant.id):
        Customer.objects.update(store=cast.other_store)
    assert seen() == (1, 1)
