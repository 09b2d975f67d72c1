"""Receipts and returns as the API tells them."""

from decimal import Decimal

from rest_framework import serializers

from crm.api.fields import Identity, Moment, Money, Number
from crm.api.shapes import Told
from loyalty import returns
from loyalty.models import Receipt


class CheckoutShape(Told):
    """A purchase at the till."""

    id = Identity()
    key = Identity()
    order_id = Identity()
    number = serializers.CharField(source="order.number", help_text="The order's.")
    customer_id = Identity(allow_null=True)
    store_id = Identity(allow_null=True)
    gross = Money(help_text="What the goods cost.")
    spent = serializers.IntegerField(help_text="Points.")
    spent_value = Money(help_text="What they paid.")
    payable = Money(help_text="What was paid in money.")
    earned = serializers.IntegerField(help_text="Points.")
    balance_before = serializers.IntegerField()
    balance_after = serializers.IntegerField()
    at = Moment()


class ReturnShape(Told):
    """What came back of a purchase."""

    id = Identity()
    key = Identity()
    receipt_id = Identity()
    gross = Money(help_text="The price of the goods.")
    amount = Money(help_text="The money that falls on them.")
    withheld = Money(help_text="How much of it was kept for points that were gone.")
    given_back = serializers.IntegerField(help_text="Spent points that came back.")
    taken_back = serializers.IntegerField(help_text="Earned points that went.")
    debt = serializers.IntegerField(help_text="How many of those are owed now.")
    at = Moment()


class SoldLineShape(Told):
    id = Identity()
    product = serializers.CharField(source="product.code", default=None, allow_null=True)
    name = serializers.CharField()
    quantity = Number()
    price = Money()
    amount = Money(help_text="What was paid for it in money.")
    returnable = Number(help_text="How many of it can still come back.")


class CheckoutDetailShape(CheckoutShape):
    """A purchase with its lines and returns."""

    lines = SoldLineShape(source="told_lines", many=True)
    returns = ReturnShape(source="told_returns", many=True)


def detailed(receipt: Receipt) -> Receipt:
    """With what CheckoutDetailShape looks at."""
    left = returns.returnable(receipt)
    receipt.told_lines = list(receipt.order.lines.select_related("product").order_by("id"))
    for line in receipt.told_lines:
        line.returnable = left.get(line.id, Decimal(0))
    receipt.told_returns = list(receipt.returns.order_by("at", "id"))
    return receipt
