"""Merging while others write: nothing is left at a merged customer, nobody fails, figures are exact."""

import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection

from crm.lib.uuids import uuid7
from customers import editing, identities, merging, tagging
from customers.merging import rows
from customers.models import Customer, CustomerTag, Merge, Source, SourceRecord
from feedback import tickets
from feedback.models import Ticket
from interactions import timeline
from loyalty import ledger, verifying
from sales import orders
from sales.lines import Line
from sales.models import Order
from segmentation import stats
from segmentation.models import CustomerStats
from tenancy import context

HAND = Merge.Origin.HAND


@contextmanager
def beside(tenant, *acts):
    """The acts run in threads of their own beside the block; what any of them raised is raised here."""
    failures, stop = [], threading.Event()

    def run(act):
        try:
            place = 0
            while not stop.is_set():
                with context.entered(tenant.id):
                    act(place)
                place += 1
                time.sleep(0.01)
        except Exception as problem:
            failures.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    assert failures == []


@pytest.fixture
def people(tenant, cast):
    with context.entered(tenant.id):
        source = Source.objects.create(key="shop")
        told = [identities.Person(str(place), {"name": f"王{place}"}) for place in range(6)]
        known = identities.record(told, source=source)
        return source, [known[str(place)].customer_id for place in range(6)]


def order(source, reference, number):
    line = Line(
        number=number, customer=reference, key="1", at=datetime(2026, 3, 1, tzinfo=UTC), product="", name="",
        category="", quantity=Decimal(1), price=Decimal(5), amount=Decimal(5), is_refund=False,
        refunds_order=False, channel="", store="",
    )  # fmt: skip
    orders.record([line], source=source)


def merge_and_part(tenant, ids, rounds):
    done = 0
    for place in range(rounds):
        survivor, *absorbed = ids[place % 2 :]
        with context.entered(tenant.id):
            people = Customer.objects.in_bulk(ids)
            done_now = merging.merge(people[survivor], [people[id] for id in absorbed[:2]], origin=HAND, by=None)
        if place % 3:
            with context.entered(tenant.id):
                merging.unmerge(done_now, by=None)
            done += 1
        else:
            with context.entered(tenant.id):
                check_nothing_at_merged()
                merging.unmerge(done_now, by=None)
    return done


def check_nothing_at_merged():
    gone = Customer.objects.filter(merged_into__isnull=False)
    for one in rows.followers():
        field = next(field for field in one.model._meta.local_fields if field.column == one.column)
        if not one.once:
            assert not one.model._base_manager.filter(**{f"{field.name}__in": gone}).exists(), one.label
    assert not SourceRecord.objects.filter(customer__in=gone).exists()


@pytest.mark.django_db(transaction=True)
def test_orders_that_arrive_while_merging_are_the_survivors(tenant, cast, people):
    source, ids = people

    def write(name):
        return lambda place: order(source, str(place % 3), f"{name}{place}")

    with beside(tenant, write("a"), write("b")):
        merge_and_part(tenant, ids[:3], 6)
        with context.entered(tenant.id):
            found = Customer.objects.in_bulk(ids[:3])
            merging.merge(found[ids[0]], [found[id] for id in ids[1:3]], origin=HAND, by=None)
    with context.entered(tenant.id):
        check_nothing_at_merged()
        count = Order.objects.count()
        assert count >= 3
        assert set(Order.objects.values_list("customer_id", flat=True)) == {ids[0]}
        assert CustomerStats.objects.get(customer_id=ids[0]).frequency == count
        assert stats.rebuild() == 0


@pytest.mark.django_db(transaction=True)
def test_whatever_is_written_by_customer_while_merging_finds_the_survivor_or_home(tenant, cast, people):
    _source, ids = people

    def note(place):
        customer = Customer.objects.get(id=ids[place % 3])
        timeline.record(customer, timeline.NOTE_ADDED, by=cast.ada, text="told")
        tickets.open(
            subject="told", text="told", customer=customer, order=None, priority=Ticket.Priority.NORMAL,
            request_id=str(uuid7()), by=cast.ada,
        )  # fmt: skip

    def tag_or_edit(place):
        customer = Customer.objects.get(id=ids[place % 3])
        if place % 2:
            tagging.put([customer.id], [f"tag{place % 5}"], by=cast.ada)
        else:
            editing.change(customer, {"city": f"城{place}"}, by=cast.ada)

    def earn(place):
        customer = Customer.objects.get(id=ids[place % 3])
        ledger.earn(customer, points=3, request_id=f"earn{place}", by=cast.ada)

    with beside(tenant, note, tag_or_edit, earn):
        merge_and_part(tenant, ids[:3], 6)
        with context.entered(tenant.id):
            found = Customer.objects.in_bulk(ids[:3])
            last = merging.merge(found[ids[0]], [found[id] for id in ids[1:3]], origin=HAND, by=None)
    with context.entered(tenant.id):
        check_nothing_at_merged()
        assert Ticket.objects.exists() and CustomerTag.objects.exists()
        assert verifying.verify().wrong == []
        merging.unmerge(last, by=None)
        assert verifying.verify().wrong == []
