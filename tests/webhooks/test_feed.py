"""The change feed: who follows it by cursor sees every change exactly once."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Event
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from customers import editing, identities
from customers.models import Customer, Source
from sales import orders
from sales.models import Order
from tenancy import companies, context, lookups
from tenancy.models import Membership
from tests.sales.test_orders import a_line
from webhooks import feed, kinds
from webhooks.models import Change, Head


def told(after=0, **options):
    """(kind, subject) of what the feed tells after a position."""
    feed.seal()
    return [(change.kind, change.subject_id) for change in feed.after(after, **options).changes]


def test_positions_follow_each_other_without_gaps(entered):
    ids = [uuid4() for _place in range(3)]
    feed.record(("a.happened", ids[:2]))
    assert feed.seal() == 2
    feed.record(("b.happened", ids[2:]), ("c.happened", ()))
    assert (feed.seal(), feed.seal(), feed.position()) == (1, 0, 3)
    found = feed.after(0)
    assert [(one.position, one.kind, one.subject_id) for one in found.changes] == [
        (1, "a.happened", ids[0]), (2, "a.happened", ids[1]), (3, "b.happened", ids[2]),
    ]  # fmt: skip
    assert (found.next, found.has_more) == (3, False)


def test_what_is_unplaced_is_not_read(entered):
    feed.record(("a.happened", [uuid4()]))
    assert feed.after(0) == feed.Portion([], 0, False)


def test_a_reader_goes_on_past_kinds_it_does_not_want(entered, monkeypatch):
    monkeypatch.setattr(feed, "EXAMINED", 10)
    wanted = uuid4()
    feed.record(("a.happened", [uuid4() for _place in range(25)]), ("b.happened", [wanted]))
    feed.seal()
    position, seen, turns, more = 0, [], 0, True
    while more:
        found = feed.after(position, kinds=["b.happened"], limit=5)
        position, more, turns = found.next, found.has_more, turns + 1
        seen += [one.subject_id for one in found.changes]
    assert (seen, position, turns) == ([wanted], 26, 3)


def test_a_full_portion_stops_at_its_last_change(entered):
    feed.record(("a.happened", [uuid4() for _place in range(5)]))
    feed.seal()
    found = feed.after(1, limit=2)
    assert ([one.position for one in found.changes], found.next, found.has_more) == ([2, 3], 3, True)


def test_old_changes_go_from_the_beginning_and_a_reader_before_them_is_told(entered):
    feed.record(("a.happened", [uuid4() for _place in range(5)]))
    feed.seal()
    old = timezone.now() - feed.KEPT - timedelta(minutes=1)
    Change.objects.filter(position__in=[1, 2, 4]).update(at=old)
    assert feed.forget_old() == 2  # the fourth waits for the third
    assert feed.oldest() == 2
    assert [one.position for one in feed.after(2).changes] == [3, 4, 5]
    for unknown in (0, 1, 6):
        with pytest.raises(feed.Gone):
            feed.after(unknown)
    Change.objects.update(at=old)
    assert feed.forget_old() == 3
    assert (feed.after(5).changes, Change.objects.count()) == ([], 0)
    feed.record(("a.happened", [uuid4()]))
    feed.seal()
    assert [one.position for one in feed.after(5).changes] == [6]


def test_a_position_is_found_by_its_time(entered):
    feed.record(("a.happened", [uuid4() for _place in range(4)]))
    feed.seal()
    now = timezone.now()
    Change.objects.filter(position__lte=2).update(at=now - timedelta(hours=2))
    assert feed.position_before(now - timedelta(hours=1)) == 2
    assert feed.position_before(now - timedelta(days=9)) == 0
    assert feed.position_before(now + timedelta(hours=1)) == 4


@pytest.mark.django_db(transaction=True)
def test_eight_writers_and_two_readers_miss_nothing_and_see_nothing_twice():
    """Writers commit in random order, long after they wrote; a sealer and two readers run all the while."""
    tenant, other = (companies.create(f"company{place}", name="x") for place in range(2))
    over, transactions = Event(), 40

    def write(seed: int) -> list:
        dice, wrote = random.Random(seed), []
        for turn in range(transactions):
            ids = [uuid4() for _place in range(dice.randint(1, 4))]
            with context.entered((other if turn % 8 == 7 else tenant).id):
                feed.record(("a.happened", ids))
                time.sleep(dice.random() * 0.02)
            wrote += [] if turn % 8 == 7 else ids
        connection.close()
        return wrote

    def follow(seed: int) -> list:
        dice, seen, position = random.Random(seed), [], 0
        while True:
            ending = over.is_set()
            with context.entered(tenant.id):
                feed.seal()
                found = feed.after(position, limit=dice.randint(1, 50))
            seen += [(one.position, one.subject_id) for one in found.changes]
            position = found.next
            if ending and not found.has_more and not found.changes:
                connection.close()
                return seen
            time.sleep(dice.random() * 0.005)

    with ThreadPoolExecutor(10) as pool:
        readers = [pool.submit(follow, seed) for seed in (100, 200)]
        writers = [pool.submit(write, seed) for seed in range(8)]
        wrote = [id for writer in writers for id in writer.result()]
        over.set()
        seen = [reader.result() for reader in readers]
    assert seen[0] == seen[1]
    assert [position for position, _id in seen[0]] == list(range(1, len(wrote) + 1))
    assert {id for _position, id in seen[0]} == set(wrote)
    with context.entered(tenant.id):
        in_order_of_ids = list(Change.objects.order_by("id").values_list("subject_id", flat=True))
    assert in_order_of_ids != [id for _position, id in seen[0]], "nobody came late: the test tried nothing"
    assert lookups.tenants_with_unplaced_changes() == [other.id]


# What is recorded


@pytest.fixture
def source(entered):
    return Source.objects.create(key="pos")


def test_new_customers_are_created_and_others_changed_only_where_they_are_another(source):
    person = identities.Person("M1", {"name": "张三", "phone": "13812345678"})
    ((kind, customer_id),) = told_of(lambda: identities.record([person], source=source))
    assert kind == "customer.created"
    assert told_of(lambda: identities.record([person], source=source)) == []
    changed = identities.Person("M1", {"name": "张三丰", "phone": "13812345678"})
    assert told_of(lambda: identities.record([changed], source=source)) == [("customer.changed", customer_id)]
    same = identities.Person("M1", {"name": "张三丰", "phone": "+86 138 1234 5678"})
    before = Customer.objects.get().updated_at
    assert told_of(lambda: identities.record([same], source=source)) == []
    assert Customer.objects.get().updated_at == before


def test_a_second_sources_word_that_does_not_survive_changes_nobody(source):
    trusted = Source.objects.create(key="erp", trust=90)
    identities.record([identities.Person("E1", {"name": "张三", "email": "z@example.com"})], source=trusted)
    weaker = identities.Person("P1", {"name": "小张", "email": "z@example.com"})
    assert told_of(lambda: identities.record([weaker], source=source)) == []
    assert Customer.objects.count() == 1


def test_staff_make_and_change_customers(entered, cast):
    ((kind, customer_id),) = told_of(lambda: editing.create({"name": "王芳"}, owner=None, store=None, by=cast.ada))
    customer = Customer.objects.get()
    assert (kind, customer_id) == ("customer.created", customer.id)
    changed = [("customer.changed", customer_id)]
    assert told_of(lambda: editing.change(customer, {"name": "王小芳"}, by=cast.ada)) == changed
    moment = customer.updated_at
    assert told_of(lambda: editing.change(customer, {}, owner=cast.alice, by=cast.ada)) == changed
    assert Customer.objects.get().updated_at > moment
    assert told_of(lambda: editing.change(customer, {"city": "上海"}, store=cast.store, by=cast.ada)) == changed
    again = {"owner": Membership.objects.get(id=cast.alice.id), "store": cast.store}
    assert told_of(lambda: editing.change(customer, {"city": "上海"}, **again, by=cast.ada)) == []


def test_orders_are_created_changed_and_refunded(source):
    lines = [a_line(), a_line(number="1002", customer=None)]
    made = told_of(lambda: orders.record(lines, source=source))
    ids = set(Order.objects.values_list("id", flat=True))
    assert {id for kind, id in made if kind == "order.created"} == ids
    assert [kind for kind, _id in made].count("customer.created") == 1
    assert told_of(lambda: orders.record(lines, source=source)) == []
    order = Order.objects.get(number="1001")
    changed = [("order.changed", order.id)]
    assert told_of(lambda: orders.record([a_line(amount=Decimal(60))], source=source)) == changed
    assert told_of(lambda: orders.refund(order, amount=Decimal(5), key="r", by=None)) == changed
    assert told_of(lambda: orders.refund(order, amount=Decimal(5), key="r", by=None)) == []
    assert told_of(lambda: orders.refund_in_full(["1001"], source=source, key="back")) == changed
    assert told_of(lambda: orders.refund_in_full(["1001"], source=source, key="back")) == []


def told_of(act) -> list:
    """(kind, subject) that the feed tells because of it."""
    feed.seal()
    before = feed.position()
    act()
    return told(before)


def test_each_kind_is_described_and_has_an_address(entered):
    assert {kind.name for kind in kinds.declared()} >= {
        "customer.created", "customer.changed", "order.created", "order.changed",
    }  # fmt: skip
    for kind in kinds.declared():
        assert kind.description and kind.address.startswith("/api/v1/")
    subject = uuid4()
    assert kinds.address_of("order.created", subject).endswith(f"/api/v1/orders/{subject}/")
    assert kinds.address_of("unknown.happened", subject) is None


def test_a_head_stands_once_for_a_company(entered):
    feed.seal()
    feed.seal()
    assert Head.objects.count() == 1
