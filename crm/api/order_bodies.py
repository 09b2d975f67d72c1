"""An order as a program sends it."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from crm.api.fields import Amount, Moment, SourceKey, Text
from crm.api.people import PersonBody
from crm.api.products import Cost
from crm.api.shapes import Asked

MOST_LINES = 1000
MOST_ORDERS = 1000
MOST_LINES_IN_A_CALL = 10_000
FAULTY_LINES_TOLD = 10
FOUR_PLACES = Decimal("0.0001")
LARGEST = Decimal(10) ** 12


class ReferenceBody(PersonBody):
    """The source's id of its customer, and what else it says of the person."""

    external_id = Text(200)


class LineBody(Asked):
    """A line. Its amount is what was paid for it, else quantity × price; negative for money given back."""

    key = Text(70, required=False, help_text="Its id in the source. Else its place in the order: 1, 2, …")
    product = Text(80, required=False, allow_blank=True, help_text="Product code; a new one makes a product.")
    name = Text(500, required=False, allow_blank=True)
    category = Text(200, required=False, allow_blank=True)
    quantity = Amount(required=False, allow_null=True)
    price = Amount(required=False, allow_null=True)
    amount = Amount(required=False, allow_null=True)
    unit_cost = Cost(
        required=False, allow_null=True, help_text="What one cost the company; else what the product costs by then."
    )

    def validate(self, line: dict) -> dict:
        if line.get("amount") is None:
            line["amount"] = self._worth(line.get("quantity"), line.get("price"))
        return line

    def _worth(self, quantity: Decimal | None, price: Decimal | None) -> Decimal:
        if quantity is None or price is None:
            raise ValidationError({"amount": [ErrorDetail(_("Needed, else quantity and price."), code="required")]})
        worth = quantity * price
        if abs(worth) >= LARGEST:
            raise ValidationError({"price": [ErrorDetail(_("The amount is too large."), code="too_large")]})
        return worth.quantize(FOUR_PLACES, ROUND_HALF_UP)


class BoundedList(serializers.ListField):
    """A list whose length is looked at before its members are."""

    def to_internal_value(self, data):
        if isinstance(data, list) and len(data) > self.max_length:
            message = _("At most %(most)d, these are %(many)d.") % {
                "most": self.max_length,
                "many": len(data),
            }
            raise ValidationError([ErrorDetail(message, code="max_length")])
        return super().to_internal_value(data)


class Lines(BoundedList):
    """The lines; after ten faulty ones nobody reads on."""

    child = LineBody()

    def run_child_validation(self, data: list) -> list:
        checked, faults = [], {}
        for place, one in enumerate(data):
            try:
                checked.append(self.child.run_validation(one))
            except ValidationError as problem:
                faults[place] = problem.detail
            if len(faults) == FAULTY_LINES_TOLD:
                break
        if faults:
            raise ValidationError(faults)
        return checked


class OrderBody(Asked):
    """A whole order. The same source, number and customer reference again is the same order."""

    source = SourceKey()
    number = Text(100)
    customer = ReferenceBody(required=False, allow_null=True, help_text="Without one the order is anonymous.")
    at = Moment()
    channel = Text(40, required=False, allow_blank=True)
    store = Text(40, required=False, allow_blank=True, help_text="Code or name; a new one makes a store.")
    lines = Lines(min_length=1, max_length=MOST_LINES)

    def validate(self, order: dict) -> dict:
        seen = set()
        for place, line in enumerate(order["lines"]):
            line["key"] = line.get("key") or str(place + 1)
            if line["key"] in seen:
                fault = {place: {"key": [ErrorDetail(_("Stands twice in this order."), code="twice")]}}
                raise ValidationError({"lines": fault})
            seen.add(line["key"])
        if sum(abs(line["amount"]) for line in order["lines"]) >= LARGEST:
            raise ValidationError({"lines": [ErrorDetail(_("The amount is too large."), code="too_large")]})
        return order


@extend_schema_field(OrderBody)
class Unchecked(serializers.Field):
    """An order as it came: each is checked by itself, so that a faulty one keeps no other out."""

    def to_internal_value(self, data):
        return data


class BulkBody(Asked):
    """Up to 1,000 orders of together at most 10,000 lines."""

    orders = BoundedList(child=Unchecked(allow_null=True), min_length=1, max_length=MOST_ORDERS)

    def validate_orders(self, orders: list) -> list:
        if sum(len(lines) for lines in _line_lists(orders)) > MOST_LINES_IN_A_CALL:
            message = _("More than %d lines in one call.") % MOST_LINES_IN_A_CALL
            raise ValidationError([ErrorDetail(message, code="too_many_lines")])
        return orders


def _line_lists(orders: list) -> Iterator[list[Any]]:
    for order in orders:
        if isinstance(order, dict) and isinstance(order.get("lines"), list):
            yield order["lines"]
