"""All customers of a colleague given to another."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers import handing_over
from customers.models import Customer
from tenancy.models import AuditEvent, Membership


@pytest.fixture
def customers(entered, cast):
    Customer.objects.bulk_create(Customer(name=f"P{number}", owner=cast.alice) for number in range(40))
    return Customer.objects.create(name="Bobs", owner=cast.bob)


def test_all_go_in_one_statement_and_one_row_tells(customers, cast):
    with CaptureQueriesContext(connection) as queries:
        assert handing_over.hand_over(cast.alice, to=cast.bob, by=cast.ada) == 40
    assert len(queries) == 3
    assert (handing_over.count(cast.alice), handing_over.count(cast.bob)) == (0, 41)
    event = AuditEvent.objects.get(action="customers.handed_over")
    assert (event.subject_id, event.changes) == (cast.alice.id, {"to": str(cast.bob.id), "customers": 40})
    assert handing_over.hand_over(cast.alice, to=cast.bob, by=cast.ada) == 0
    assert AuditEvent.objects.filter(action="customers.handed_over").count() == 1


def test_page_counts_first_and_the_form_moves_them_also_of_somebody_who_left(customers, cast, login):
    Membership.objects.filter(id=cast.alice.id).update(is_active=False)
    ada = login(cast.ada)
    ada.cookies["django_language"] = "en"
    address = f"/t/lanhu/customers/handovers/{cast.alice.id}/"
    assert "Alice looks after 40 customers." in ada.get(address).content.decode()
    assert ada.post(address, {"to": cast.bob.id}).status_code == 302
    assert "there is nothing to hand over" in ada.get(address).content.decode()
    assert Customer.objects.visible_to(cast.bob).count() == 41


@pytest.mark.parametrize("to", ["", "alice", "charlie", "gone"])
def test_only_to_an_active_colleague(to, customers, cast, login):
    Membership.objects.filter(id=cast.dora.id).update(is_active=False)
    ids = {"": "", "alice": cast.alice.id, "charlie": cast.charlie.id, "gone": cast.dora.id}
    answer = login(cast.ada).post(f"/t/lanhu/customers/handovers/{cast.alice.id}/", {"to": ids[to]})
    assert list(answer.context["form"].errors) == ["to"]
    assert handing_over.count(cast.alice) == 40
