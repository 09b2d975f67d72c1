"""Costs at the till: the order keeps them, what comes back takes its own with it, and no clerk sees them."""

from decimal import Decimal
from uuid import uuid4

import pytest

from loyalty import basket, ledger, returns
from sales.models import Order
from segmentation import stats
from segmentation.models import CustomerStats
from tests.loyalty import shop


@pytest.fixture
def till(cast, entered):
    shop.programme()
    shop.product("P1", cost=Decimal(20))
    shop.product("P2", "30.00", cost=Decimal("29.5"))
    shop.product("P3", "10.00")
    return cast.bob


def bought(*codes: str, by, **more):
    lines = [basket.Asked(product=code, quantity=Decimal(2)) for code in codes]
    return shop.buy(shop.member(), lines=lines, by=by, **more)


def give(receipt, name: str, quantity: int, by):
    line = receipt.order.lines.get(product__code=name)
    wanted = returns.GivingBack(uuid4(), {line.id: Decimal(quantity)})
    return returns.give_back(receipt, wanted, by=by)[0]


def figures() -> tuple:
    assert stats.rebuild() == 0
    return Order.objects.get().cost, *CustomerStats.objects.values_list("margin", "margin_of").get()


def test_an_order_of_the_till_keeps_its_cost_and_goods_come_back_with_theirs(till):
    receipt = bought("P1", "P2", by=till)
    assert figures() == (99, 61, 160)
    give(receipt, "P2", 1, till)  # of the money 30 in 160, of the cost 29.5 in 99
    assert figures() == (Decimal("69.5"), Decimal("60.5"), 130)
    give(receipt, "P2", 1, till)
    give(receipt, "P1", 2, till)
    assert figures() == (0, 0, 0)


def test_goods_without_a_cost_make_the_order_unknown(till):
    receipt = bought("P1", "P3", by=till)
    assert figures() == (None, None, None)
    give(receipt, "P3", 1, till)
    assert figures() == (None, None, None)


def test_goods_that_were_paid_with_points_cost_until_they_come_back(till):
    earned = bought("P1", "P1", "P1", by=till)
    Order.objects.filter(id=earned.order_id).update(customer=None)
    account = shop.member()
    ledger.earn(account, points=10_000, request_id="gift", by=till)
    receipt = bought("P1", by=till, points=10_000)
    assert (receipt.payable, Order.objects.get(id=receipt.order_id).cost) == (0, 40)
    give(receipt, "P1", 2, till)
    assert Order.objects.get(id=receipt.order_id).cost == 0


def test_no_page_of_the_till_tells_a_cost(till, login):
    shop.product("P9", "88.00", cost=Decimal("31.77"))
    bob = login(till)
    receipt = shop.buy(None, lines=[basket.Asked(product="P9")], by=till)
    addresses = (
        "till/",
        "till/?product=P9",
        f"till/receipts/{receipt.id}/",
        "products/",
    )
    pages = [bob.get(f"/t/lanhu/{address}").content.decode() for address in addresses]
    assert ["31.77" in page for page in pages] == [False] * len(addresses)
    assert sum("88.00" in page for page in pages) == 2
