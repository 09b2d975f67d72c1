"""An order as the API tells it."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.api.fields import Identity, Moment, Money, Number, Secret
from crm.api.shapes import Told
from sales.models import Order, OrderQuerySet


class ReferenceShape(Told):
    """Whose order it is."""

    id = Identity(source="customer_id")
    external_id = serializers.CharField(source="record.external_id", help_text="The customer's id in the source.")


class OrderShape(Told):
    """An order: (source, number, customer reference)."""

    id = Identity()
    source = serializers.CharField(source="source.key")
    number = serializers.CharField()
    customer = serializers.SerializerMethodField()
    at = Moment(help_text="The earliest of its lines.")
    channel = serializers.CharField()
    store = serializers.CharField(
        source="store.code", default=None, allow_null=True, help_text="The code of the store."
    )
    total = Money(help_text="The signed sum of its lines.")
    refunded = Money()
    net = Money(help_text="total less refunded.")
    cost = Secret(
        allow_null=True,
        help_text="What the kept goods cost the company; null where it is not known or INSIGHTS_VIEW is lacking.",
    )
    created_at = Moment()
    updated_at = Moment()

    @extend_schema_field(ReferenceShape(allow_null=True))
    def get_customer(self, order: Order):
        return ReferenceShape(order).data if order.customer_id else None


class LineShape(Told):
    key = serializers.CharField(help_text="The line's id in the source, else its place in the order.")
    product = serializers.CharField(source="product.code", default=None, allow_null=True)
    name = serializers.CharField()
    at = Moment()
    quantity = Number(allow_null=True)
    price = Money(allow_null=True)
    amount = Money(help_text="Negative where money was given back.")
    unit_cost = Secret(allow_null=True, help_text="As cost, of one.")
    is_refund = serializers.BooleanField()


class RefundShape(Told):
    key = serializers.CharField()
    amount = Money(allow_null=True, help_text="null is the whole order.")
    at = Moment()
    reason = serializers.CharField()


class OrderDetailShape(OrderShape):
    """An order with its lines and refunds."""

    lines = LineShape(source="told_lines", many=True)
    refunds = RefundShape(source="told_refunds", many=True)


def with_places(orders: OrderQuerySet) -> OrderQuerySet:
    """With what OrderShape looks at, in the same query."""
    return orders.select_related("source", "store", "record")


def detailed(order: Order) -> Order:
    """With what OrderDetailShape looks at."""
    order.told_lines = list(order.lines.select_related("product").order_by("id"))
    order.told_refunds = list(order.refunds.order_by("at", "id"))
    return order
