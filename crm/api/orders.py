from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework import serializers

from crm.api import recording
from crm.api.fields import Identity, Moment, PositiveAmount, SourceKey, Text
from crm.api.one_customer import customer_of
from crm.api.order_bodies import BulkBody, OrderBody
from crm.api.order_shapes import OrderDetailShape, OrderShape, detailed, with_places
from crm.api.pages import BY_UPDATE, PageQuery, UpdatedSince, page, page_of
from crm.api.problems import Unprocessable, errors_of
from crm.api.resources import Resource
from crm.api.schema import Fault
from crm.api.shapes import Asked, Told
from customers.models import Customer
from sales import orders
from sales.models import Order
from tenancy.permissions import Permission

NEWEST_FIRST = ["-at", "-id"]
MOST_ERRORS = 10  # of each refused order of a bulk call


class OrderQuery(PageQuery):
    number = Text(120, required=False)
    source = SourceKey(required=False, reads=True)
    since = Moment(required=False, help_text="From this time on.")
    until = Moment(required=False, help_text="Before this time.")
    updated_since = UpdatedSince()


class OrderList(Resource):
    permissions = {"GET": {Permission.ORDERS_VIEW}, "POST": {Permission.ORDERS_EDIT}}
    queries = {"GET": OrderQuery}
    bodies = {"POST": OrderBody}
    answers = {"GET": {200: page_of(OrderShape)}, "POST": {201: OrderDetailShape, 200: OrderDetailShape}}

    def get(self, request):
        """Orders, newest first; with `updated_since` those changed last come last."""
        named = {
            "number": "number", "source": "source__key", "since": "at__gte", "until": "at__lt",
            "updated_since": "updated_at__gte",
        }  # fmt: skip
        wanted = {named[name]: value for name, value in self.query.items() if name in named}
        rows = with_places(Order.objects.visible_to(self.member).filter(**wanted))
        found = page(rows, by=BY_UPDATE if "updated_since" in self.query else NEWEST_FIRST, query=self.query)
        return self.answer({"results": found.rows, "older": found.older, "newer": found.newer})

    def post(self, request):
        """Record an order.

        `201` where it is new. The same source, number and customer reference again is the same order (`200`):
        lines with a known key are changed, new ones added, absent ones stay, and the same content changes
        nothing. A customer who is not known yet is made. The customer's figures follow at once.
        """
        result = recording.record([request.data], by=self.member).results[0]
        if result.refusal:
            raise result.refusal
        order = with_places(Order.objects.all()).get(id=result.id)
        return self.answer(detailed(order), status=201 if result.is_new else 200)


class ResultShape(Told):
    """What became of one order of the call."""

    index = serializers.IntegerField(help_text="Its place in `orders`, from 0.")
    status = serializers.ChoiceField(["created", "known", "refused"])
    id = Identity(allow_null=True)
    errors = Fault(many=True, help_text="Empty unless it was refused.")


class CountsShape(Told):
    """How many lines."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()


class BulkShape(Told):
    created = serializers.IntegerField(help_text="Orders that are new.")
    known = serializers.IntegerField(help_text="Orders that stood already, changed or not.")
    refused = serializers.IntegerField(help_text="Orders of which nothing was written.")
    lines = CountsShape()
    results = ResultShape(many=True)


class OrderBulk(Resource):
    permissions = {"POST": {Permission.ORDERS_EDIT}}
    bodies = {"POST": BulkBody}
    answers = {"POST": {200: BulkShape}}

    def post(self, request):
        """Record up to 1,000 orders, of together at most 10,000 lines.

        Each is as in POST /orders/. All that are acceptable are written in one transaction; one that is not
        is refused with its errors, and keeps no other from being written. So the answer is `200` also where
        some, or all, were refused: look at `refused`.
        """
        recorded = recording.record(self.told["orders"], by=self.member)
        results = [
            {
                "index": place,
                "status": "refused" if result.refusal else "created" if result.is_new else "known",
                "id": result.id,
                "errors": errors_of(result.refusal.detail, most=MOST_ERRORS) if result.refusal else [],
            }
            for place, result in recorded.results.items()
        ]
        told = [result["status"] for result in results]
        counts = {status: told.count(status) for status in ("created", "known", "refused")}
        return self.answer({**counts, "lines": recorded, "results": results})


class OrderDetail(Resource):
    permissions = {"GET": {Permission.ORDERS_VIEW}}
    answers = {"GET": {200: OrderDetailShape}}

    def get(self, request, order_id: UUID):
        """One order with its lines and refunds."""
        visible = with_places(Order.objects.visible_to(self.member))
        return self.answer(detailed(get_object_or_404(visible, id=order_id)))


class RefundBody(Asked):
    amount = PositiveAmount(help_text="How much is given back, in the company's currency.")
    key = Text(120, help_text="Names this refund; the same key again changes nothing.")
    reason = Text(200, required=False, allow_blank=True)


class Refunds(Resource):
    permissions = {"POST": {Permission.ORDERS_EDIT}}
    bodies = {"POST": RefundBody}
    answers = {"POST": {201: OrderDetailShape, 200: OrderDetailShape}}

    def post(self, request, order_id: UUID):
        """Give a part of an order back, or all of it, now.

        `201` and the order; `200` where a refund of this key stands already. More than is left is `422`.
        """
        visible = with_places(Order.objects.visible_to(self.member))
        order = get_object_or_404(visible, id=order_id)
        try:
            is_new = orders.refund(order, **self.told, by=self.member)
        except orders.RefundTooLarge as problem:
            raise Unprocessable(str(problem), code="refund_too_large") from problem
        except orders.RefundAtTill as problem:
            raise Unprocessable(str(problem), code="refund_at_till") from problem
        return self.answer(detailed(visible.get(id=order_id)), status=201 if is_new else 200)


class CustomerOrders(Resource):
    permissions = {"GET": {Permission.CUSTOMERS_VIEW, Permission.ORDERS_VIEW}}
    queries = {"GET": PageQuery}
    answers = {"GET": {200: page_of(OrderShape)}}

    def get(self, request, customer_id: UUID):
        """A customer's orders, newest first."""
        customer = customer_of(Customer.objects.visible_to(self.member), customer_id)
        rows = with_places(Order.objects.visible_to(self.member).filter(customer=customer))
        found = page(rows, by=NEWEST_FIRST, query=self.query)
        return self.answer({"results": found.rows, "older": found.older, "newer": found.newer})
