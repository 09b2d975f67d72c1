"""Selling, earning, redeeming and taking back at the till."""

import re
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone, translation

from interactions.models import Interaction
from loyalty import basket, checkout, codes, ledger, quoting, returns, verifying
from loyalty.models import Account, Entry, Lot, OneTimeCode, Receipt
from sales import orders
from sales.models import Order
from segmentation.models import CustomerStats
from tenancy import sending
from tenancy.models import AuditEvent, Tenant
from tests.loyalty import shop
from webhooks.models import Change


@pytest.fixture
def till(entered, cast):
    shop.programme()
    return cast.bob


@pytest.fixture
def member(till):
    return shop.member()


def account(customer) -> tuple[int, int]:
    row = Account.objects.get(customer=customer)
    return row.balance, row.debt


def give(receipt, till, quantity="1", **more):
    line = receipt.order.lines.get()
    wanted = returns.GivingBack(uuid4(), {line.id: Decimal(quantity)}, **more)
    return returns.give_back(receipt, wanted, by=till)[0]


def right():
    assert verifying.verify().wrong == []


def test_a_purchase_earns_and_the_figures_follow(till, member):
    receipt = shop.buy(member, "123.45", by=till)
    assert (receipt.earned, receipt.spent, receipt.balance_after, receipt.payable) == (123, 0, 123, Decimal("123.45"))
    assert account(member) == (123, 0)
    stats = CustomerStats.objects.get(customer=member)
    assert (stats.frequency, stats.monetary) == (1, Decimal("123.45"))
    kinds = Interaction.objects.filter(customer=member).order_by("kind").values_list("kind", flat=True)
    assert list(kinds) == ["order.placed", "points.earned"]
    assert AuditEvent.objects.filter(action="checkout.confirmed", subject_id=receipt.id).count() == 1
    assert set(Change.objects.values_list("kind", flat=True)) >= {"order.created", "points.earned"}
    right()


def test_redeemed_points_lower_what_is_paid_and_what_is_earned(till, member):
    shop.buy(member, "1000", by=till)
    receipt = shop.buy(member, "50", points=1000, by=till)
    assert (receipt.spent, receipt.spent_value, receipt.payable) == (1000, Decimal("10.00"), Decimal("40.00"))
    assert (receipt.earned, receipt.balance_before, receipt.balance_after) == (40, 1000, 40)
    assert Order.objects.get(id=receipt.order_id).total == Decimal("40.00")
    right()


def test_the_discount_is_spread_over_the_lines_to_the_cent(till, member):
    shop.buy(member, "1000", by=till)
    receipt = shop.buy(member, by=till, points=1000, lines=[shop.plain("10"), shop.plain("10"), shop.plain("10")])
    amounts = list(receipt.order.lines.order_by("id").values_list("amount", flat=True))
    assert (sum(amounts), len(amounts)) == (Decimal("20"), 3)
    assert amounts == [Decimal("6.67"), Decimal("6.67"), Decimal("6.66")]


@pytest.mark.parametrize(
    ("points", "words"),
    [(1100, "1,000 points are there"), (150, "steps of 100"), (600, "At most 500"), (-100, "not negative")],
)
def test_points_that_do_not_fit_are_refused_with_what_would(till, member, points, words):
    shop.buy(member, "1000", by=till)
    with translation.override("en"), pytest.raises(quoting.PointsUnfit, match=words):
        shop.buy(member, "5", points=points, by=till)
    assert Receipt.objects.count() == 1


def test_nobodys_purchase_earns_nothing_and_spends_nothing(till):
    receipt = shop.buy(None, "10", by=till)
    assert (receipt.customer_id, receipt.earned, Entry.objects.count()) == (None, 0, 0)
    with pytest.raises(quoting.PointsUnfit):
        shop.buy(None, "10", points=100, by=till)


def test_the_same_key_again_is_the_same_receipt_and_another_purchase_is_refused(till, member):
    key = uuid4()
    first = shop.buy(member, "100", key=key, by=till)
    asked = checkout.Purchase(key=key, lines=[shop.plain("100.00")], customer_id=member.id)
    again = checkout.confirm(asked, tenant=Tenant.objects.get(), by=till)
    assert (again.receipt.id, again.is_new) == (first.id, False)
    assert (Order.objects.count(), account(member)) == (1, (100, 0))
    with pytest.raises(checkout.KeyReused):
        shop.buy(member, "101", key=key, by=till)


def test_products_are_found_by_code_and_barcode(till, member):
    shop.product("P1", "12.50", barcode="6901234567892")
    shop.product("P2", None)
    lines = [basket.Asked("P1", Decimal(2)), basket.Asked("6901234567892"), basket.Asked("P2", price=Decimal("3"))]
    receipt = shop.buy(member, by=till, lines=lines)
    assert receipt.gross == Decimal("40.50")
    assert [line.product.code for line in receipt.order.lines.order_by("id")] == ["P1", "P1", "P2"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (basket.Asked("nothing"), "unknown_product"),
        (basket.Asked("P2"), "price_missing"),
        (basket.Asked("P1", price=Decimal(1)), "fixed_price"),
        (basket.Asked("P3"), "unknown_product"),
        (basket.Asked("P1", Decimal(0)), "quantity"),
        (basket.Asked("P1", Decimal(10_000)), "quantity"),
        (basket.Asked(price=Decimal("0")), "price"),
        (basket.Asked(price=Decimal("1000001")), "price"),
    ],
)
def test_a_line_that_cannot_be_sold_says_which_and_why(till, member, line, code):
    shop.product("P1")
    shop.product("P2", None)
    shop.product("P3", is_active=False)
    with pytest.raises(basket.BadBasket) as refused:
        shop.buy(member, by=till, lines=[shop.plain("1"), line])
    assert (refused.value.line, refused.value.code) == (1, code)
    assert Order.objects.count() == 0


def test_a_full_return_takes_back_what_was_earned_and_gives_back_what_was_spent(till, member):
    shop.buy(member, "1000", by=till)
    receipt = shop.buy(member, "50", points=1000, by=till)
    made = give(receipt, till)
    assert (made.amount, made.given_back, made.taken_back, made.debt) == (Decimal("40"), 1000, 40, 0)
    assert account(member) == (1000, 0)
    assert Order.objects.get(id=receipt.order_id).net == 0
    assert CustomerStats.objects.get(customer=member).frequency == 1
    right()


def test_parts_come_back_and_the_last_takes_the_last_cent(till, member):
    shop.buy(member, "1000", by=till)
    receipt = shop.buy(member, by=till, points=100, lines=[shop.plain("3.33", 3)])
    parts = [give(receipt, till) for _turn in range(3)]
    assert sum(part.amount for part in parts) == receipt.payable == Decimal("8.99")
    assert sum(part.given_back for part in parts) == 100
    assert sum(part.taken_back for part in parts) == receipt.earned == 8
    assert returns.returnable(receipt) == {receipt.order.lines.get().id: 0}
    with pytest.raises(returns.BadReturn):
        give(receipt, till)
    right()


def test_what_is_gone_becomes_a_debt_that_the_next_points_pay(till, member):
    first = shop.buy(member, "300", by=till)
    shop.buy(member, "3", points=300, by=till)
    made = give(first, till)
    assert (made.taken_back, made.debt, account(member)) == (300, 300, (0, 300))
    shop.buy(member, "250", by=till)
    assert account(member) == (0, 50)
    assert shop.buy(member, "100", by=till).balance_after == 50
    assert account(member) == (50, 0)
    right()


def test_a_shortfall_may_be_withheld_from_the_money_instead(till, member):
    first = shop.buy(member, "300", by=till)
    shop.buy(member, "3", points=300, by=till)
    made = give(first, till, withhold=True)
    assert (made.withheld, made.amount, made.debt, account(member)) == (Decimal("3.00"), Decimal("300"), 0, (0, 0))
    right()


def test_points_that_expired_unused_are_owed_by_nobody(till, member):
    receipt = shop.buy(member, "300", by=till)
    Lot.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    made = give(receipt, till, withhold=True)
    assert (made.taken_back, made.withheld, made.amount, account(member)) == (0, 0, Decimal("300"), (0, 0))
    assert Change.objects.filter(kind="points.expired").count() == 1
    right()


def test_a_quote_offers_no_points_whose_time_has_come(till, member):
    shop.buy(member, "300", by=till)
    Lot.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    asked = checkout.Purchase(key=uuid4(), lines=[shop.plain("10")], customer_id=member.id)
    assert checkout.preview(asked).balance_before == 0


def test_a_code_that_cannot_leave_says_so_and_leaves_nothing(till, member):
    sending.switch(on=False)
    with pytest.raises(codes.NoWay):
        codes.send(member, points=600, by=till)
    sending.switch(on=True)
    assert OneTimeCode.objects.count() == 0
    assert codes.send(member, points=600, by=till) == "sms"


def test_the_member_card_is_shown_as_a_code(till, member, cast, login):
    page = login(cast.ada).post(f"/t/lanhu/customers/{member.id}/points/cards/")
    assert (page.status_code, "<svg" in page.content.decode()) == (200, True)


def test_a_return_again_is_the_first(till, member):
    receipt = shop.buy(member, "100", by=till)
    wanted = returns.GivingBack(uuid4(), {receipt.order.lines.get().id: Decimal(1)})
    made, is_new = returns.give_back(receipt, wanted, by=till)
    assert (returns.give_back(receipt, wanted, by=till), is_new) == ((made, False), True)
    assert account(member) == (0, 0)


def test_orders_of_the_till_are_refunded_at_the_till(till, member):
    receipt = shop.buy(member, "100", by=till)
    with pytest.raises(orders.RefundAtTill):
        orders.refund(receipt.order, amount=Decimal(1), key="x", by=till)


def test_many_points_take_a_code_that_opens_once(till, member, caplog, django_capture_on_commit_callbacks):
    shop.programme(code_above=500)
    shop.buy(member, "2000", by=till)
    with pytest.raises(checkout.CodeNeeded):
        shop.buy(member, "50", points=600, by=till)
    with caplog.at_level("INFO", "interactions.channels.console"), django_capture_on_commit_callbacks(execute=True):
        assert codes.send(member, points=600, by=till) == "sms"
    code = re.search(r"(?<!\d)\d{6}(?!\d)", caplog.messages[-1])[0]
    with pytest.raises(codes.WrongCode):
        shop.buy(member, "50", points=600, code="000000" if code != "000000" else "1", by=till)
    with pytest.raises(codes.WrongCode):
        shop.buy(member, "50", points=700, code=code, by=till)
    assert shop.buy(member, "50", points=600, code=code, by=till).spent == 600
    with pytest.raises(codes.WrongCode):
        shop.buy(member, "50", points=600, code=code, by=till)


def test_ledger_requests_apply_once(till, member):
    first = ledger.earn(member, points=500, request_id="a", by=till)
    assert ledger.earn(member, points=500, request_id="a", by=till) == first
    ledger.redeem(member, points=200, request_id="b", by=till)
    with pytest.raises(ledger.NotEnoughPoints):
        ledger.redeem(member, points=301, request_id="c", by=till)
    assert account(member) == (300, 0)
    right()
