"""Recording orders through the one door."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from customers.models import Source
from interactions.models import Interaction
from sales import orders
from sales.models import Order
from segmentation.models import CustomerStats

AT = datetime(2026, 3, 1, 4, tzinfo=UTC)


def a_line(**fields) -> orders.Line:
    return orders.Line(**{"number": "1001", "key": "1", "customer": "M1", "at": AT, "amount": Decimal(50), **fields})


@pytest.fixture
def source(entered):
    return Source.objects.create(key="pos")


def test_same_lines_again_change_nothing(source):
    assert orders.record([a_line()], source=source).created == 1
    again = orders.record([a_line()], source=source)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 1)


def test_time_of_an_order_follows_its_earliest_line(source):
    later = a_line(key="2", at=datetime(2026, 3, 2, tzinfo=UTC))
    orders.record([later], source=source)
    orders.record([a_line()], source=source)
    assert Order.objects.get().at == AT
    assert Interaction.objects.get().at == AT


def test_part_of_an_order_is_given_back_once_per_key(source):
    orders.record([a_line()], source=source)
    order = Order.objects.get()
    assert orders.refund(order, amount=Decimal(20), key="r1", by=None) is True
    assert orders.refund(order, amount=Decimal(20), key="r1", by=None) is False
    order.refresh_from_db()
    assert (order.net, CustomerStats.objects.get().monetary) == (Decimal(30), Decimal(30))


def test_more_than_is_left_is_refused(source):
    orders.record([a_line()], source=source)
    with pytest.raises(orders.RefundTooLarge, match="50"):
        orders.refund(Order.objects.get(), amount=Decimal("50.01"), key="r1", by=None)


def test_returned_order_counts_no_more_and_its_correction_counts_again(source):
    orders.record([a_line(refunds_order=True)], source=source)
    assert CustomerStats.objects.get().frequency == 0
    orders.record([a_line()], source=source)
    row = CustomerStats.objects.get()
    assert (row.frequency, row.monetary) == (1, Decimal(50))


def test_two_writers_of_one_customer_lose_nothing(source):
    orders.record([a_line()], source=source)
    orders.record([a_line(number="1002")], source=source)
    assert CustomerStats.objects.get().frequency == 2
