"""Which customers a member sees and may change: scope, team, store, shares; the same for list, search and orders."""

import pytest

from customers import editing
from customers.models import Customer, SharePermission
from sales.models import Order
from tenancy.models import AuditEvent


@pytest.fixture
def customers(entered, cast):
    return {
        "alices": Customer.objects.create(name="Alices", owner=cast.alice),
        "nobodys": Customer.objects.create(name="Nobodys"),
        "second_store": Customer.objects.create(name="Second store", store=cast.other_store),
    }


def names(queryset) -> set[str]:
    return set(queryset.values_list("name", flat=True))


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("ada", {"Alices", "Nobodys", "Second store"}),
        ("alice", {"Alices"}),
        ("bob", {"Alices"}),  # of the same team
        ("dora", {"Second store"}),
    ],
)
def test_scope_decides_who_is_seen(customers, cast, who, seen):
    assert names(Customer.objects.visible_to(getattr(cast, who))) == seen


def test_service_sees_and_may_not_change(customers, cast):
    assert names(Customer.objects.editable_by(cast.dora)) == set()


@pytest.mark.parametrize(
    ("permission", "editable"), [(SharePermission.VIEW, set()), (SharePermission.EDIT, {"Nobodys"})]
)
def test_share_shows_one_customer_more(customers, cast, permission, editable):
    editing.share(customers["nobodys"], member=cast.alice, permission=permission, by=cast.ada)
    assert names(Customer.objects.visible_to(cast.alice)) == {"Alices", "Nobodys"}
    assert names(Customer.objects.editable_by(cast.alice)) == {"Alices"} | editable


def test_orders_of_unseen_customers_are_unseen(customers, cast):
    assert Order.objects.visible_to(cast.alice).query.where is not None
    assert "owner_id" in str(Order.objects.visible_to(cast.alice).query)


def test_revealing_is_audited_by_field_name_and_never_by_value(customers, cast):
    customer = customers["alices"]
    customer.phone = "+8613812345678"
    customer.save()
    assert editing.reveal(customer, by=cast.bob)["phone"] == "+8613812345678"
    event = AuditEvent.objects.get(action="customer.revealed")
    assert (event.actor_id, event.subject_id, event.changes) == (cast.bob.user_id, customer.id, {"fields": ["phone"]})


def test_change_is_audited_with_personal_values_hashed(customers, cast):
    editing.change(customers["alices"], {"name": "Geheim", "city": "上海"}, by=cast.alice, store=cast.store)
    changes = AuditEvent.objects.get(action="customer.changed").changes
    assert set(changes) >= {"name", "city"}
    assert "上海" not in str(changes)
    assert "Geheim" not in str(changes)
