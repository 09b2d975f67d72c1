"""The figures of the home page."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from crm import dashboards
from customers.models import Customer, Source
from sales import orders
from sales.models import Order
from segmentation.insight import renewing
from tests.sales.test_orders import a_line


@pytest.fixture
def sold(entered, cast):
    """Today one order of 10 and one that was given back whole; a week ago one of 30."""
    now = timezone.now()
    source = Source.objects.create(key="pos")
    orders.record(
        [
            a_line(number="1", customer="C1", amount=Decimal(10), at=now),
            a_line(number="2", customer="C2", amount=Decimal(20), at=now),
            a_line(number="3", customer="C1", amount=Decimal(30), at=now - timedelta(days=7)),
        ],
        source=source,
    )
    orders.refund(Order.objects.get(number="2"), amount=Decimal(20), key="r", by=None)
    Customer.objects.filter(records__external_id="C1").update(owner=cast.alice)
    return source


def figures(member, tenant) -> list[tuple]:
    told = dashboards.day_figures(member, tenant=tenant)
    return [(one["orders"], one["amount"], one["customers"]) for one in (told["now"], told["before"])]


def test_today_stands_beside_the_same_weekday_before_and_after_a_night(sold, cast, entered):
    assert figures(cast.ada, entered) == [(1, 10, 1), (1, 30, 1)]
    renewing.renew()
    assert figures(cast.ada, entered) == [(1, 10, 1), (1, 30, 1)]
    assert figures(cast.alice, entered) == [(1, 10, 1), (1, 30, 1)]


def test_what_came_late_is_told_to_who_sees_all_after_the_night(sold, cast, entered):
    renewing.renew()
    late = timezone.now() - timedelta(days=7)
    orders.record([a_line(number="4", customer="C1", amount=Decimal(5), at=late)], source=sold)
    assert figures(cast.ada, entered)[1] == (1, 30, 1)  # as the last night left it
    assert figures(cast.alice, entered)[1] == (2, 35, 1)
    renewing.renew()
    assert figures(cast.ada, entered)[1] == (2, 35, 1)


def test_a_day_without_orders_is_nothing(entered, cast):
    assert figures(cast.ada, entered) == [(0, None, 0), (0, None, 0)]
