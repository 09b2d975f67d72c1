"""Tags: one in any spelling, put on and taken off many at once, told to those who follow."""

import pytest

from customers import identities, tagging
from customers.identities import Person
from customers.models import Customer, CustomerTag, Source, Tag
from tenancy.models import AuditEvent
from webhooks.models import Change


@pytest.fixture
def three(entered, cast):
    source = Source.objects.create(key="pos")
    identities.record([Person(f"M{n}", {"name": "张三"}) for n in range(3)], source=source)
    Change.objects.all().delete()
    return sorted(Customer.objects.values_list("id", flat=True))


def test_tag_in_any_spelling_is_one(three, cast):
    assert tagging.add(three[:2], ["VIP 客户", "vip　客戶"], by=cast.ada) == 2
    assert tagging.add(three, ["Vip 客户"], by=cast.ada) == 1
    assert [tag.name for tag in Tag.objects.all()] == ["VIP 客户"]


def test_customer_who_has_it_already_is_not_told_of_again(three, cast):
    tagging.add(three[:1], ["VIP"], by=cast.ada)
    Change.objects.all().delete()
    tagging.add(three, ["VIP"], by=cast.ada)
    assert sorted(Change.objects.values_list("subject_id", flat=True)) == three[1:]
    event = AuditEvent.objects.order_by("id").last()
    assert (event.action, event.changes["customers"]) == ("customers.tagged", 2)


def test_taken_off_only_where_it_stood(three, cast):
    tagging.add(three[:2], ["VIP", "新客"], by=cast.ada)
    assert tagging.remove(three, ["vip", "unknown"], by=cast.ada) == 2
    found = tagging.tags_of(three)
    assert {id: [tag.name for tag in tags] for id, tags in found.items()} == {id: ["新客"] for id in three[:2]}


def test_customer_has_at_most_fifty_and_a_refusal_changes_nothing(three, cast):
    tagging.add(three[:1], [f"t{n}" for n in range(50)], by=cast.ada)
    with pytest.raises(tagging.TooManyTags):
        tagging.add(three, ["one more"], by=cast.ada)
    assert (Tag.objects.count(), CustomerTag.objects.count()) == (50, 50)


def test_company_has_at_most_five_hundred(entered):
    tagging.named([f"t{n}" for n in range(500)])
    with pytest.raises(tagging.TooManyTags):
        tagging.named(["t7", "another"])
    assert [tag.name for tag in tagging.named(["T7"])] == ["t7"]


@pytest.mark.parametrize("name", ["", " \u200b", "x" * 41])
def test_what_is_no_name_is_refused(entered, name):
    with pytest.raises(tagging.BadTag):
        tagging.named([name])


def test_replacing_by_the_same_is_no_change(three, cast):
    customer = Customer.objects.get(id=three[0])
    assert tagging.replace(customer, ["VIP", "新客"], by=cast.ada) is True
    assert tagging.replace(customer, ["新客", "vip"], by=cast.ada) is False
    assert tagging.replace(customer, [], by=cast.ada) is True
    assert tagging.tags_of(three) == {}


def test_statements_do_not_grow_with_the_customers(three, cast, django_assert_max_num_queries):
    tags = tagging.named(["VIP"])
    with django_assert_max_num_queries(9):
        tagging.add(three, tags, by=cast.ada)
    with django_assert_max_num_queries(1):
        tagging.tags_of(three)
