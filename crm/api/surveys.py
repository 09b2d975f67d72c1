"""Answers to the survey, and links by which customers answer."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from crm.api.fields import Identity, Moment
from crm.api.pages import PageQuery, page, page_of
from crm.api.problems import Unprocessable
from crm.api.resources import Resource
from crm.api.shapes import Asked, Told
from customers.models import Customer
from feedback import asking, surveys
from feedback.models import Response
from sales.models import Order
from tenancy.permissions import Permission


class ResponseShape(Told):
    """What a customer answered."""

    id = Identity()
    customer_id = Identity(allow_null=True)
    order_id = Identity(allow_null=True)
    score = serializers.IntegerField(help_text="1 to 5; 5 is best.")
    comment = serializers.CharField()
    at = Moment()
    changed_at = Moment(allow_null=True, help_text="When it was answered anew; the last word stands here.")
    channel = serializers.CharField(help_text="receipt, link, sms or email.")
    language = serializers.CharField()


class ResponseQuery(PageQuery):
    customer_id = Identity(required=False)


class ResponseList(Resource):
    permissions = {"GET": {Permission.TICKETS_VIEW}}
    queries = {"GET": ResponseQuery}
    answers = {"GET": {200: page_of(ResponseShape)}}

    def get(self, request):
        """Answers to the survey, the newest first."""
        rows = Response.objects.visible_to(self.member)
        if "customer_id" in self.query:
            rows = rows.filter(customer_id=self.query["customer_id"])
        found = page(rows, by=["-at", "-id"], query=self.query)
        return self.answer({"results": found.rows, "older": found.older, "newer": found.newer})


class ResponseDetail(Resource):
    permissions = {"GET": {Permission.TICKETS_VIEW}}
    answers = {"GET": {200: ResponseShape}}

    def get(self, request, response_id: UUID):
        """One answer: what the change feed names."""
        return self.answer(get_object_or_404(Response.objects.visible_to(self.member), id=response_id))


class LinkBody(Asked):
    """One of both."""

    customer_id = Identity(required=False, help_text="A link of the customer's own; each one can be answered once.")
    order_id = Identity(required=False, help_text="The link on the order's receipt, always the same.")

    def validate(self, told: dict) -> dict:
        if len(told) != 1:
            refusal = ErrorDetail(gettext_lazy("Give a customer or an order."), code="one_of")
            raise ValidationError({"customer_id": [refusal]})
        return told


class LinkShape(Told):
    address = serializers.CharField(help_text="For a message or a QR code; whoever has it can answer.")
    until = Moment(help_text="It can be answered until then.")


class NothingToAsk(Unprocessable):
    default_code = "unknown_subject"


class SurveyOff(Unprocessable):
    default_code = "survey_off"


class Links(Resource):
    permissions = {"POST": {Permission.INTERACTIONS_ADD, Permission.CUSTOMERS_VIEW}}
    bodies = {"POST": LinkBody}
    answers = {"POST": {201: LinkShape}}

    def post(self, request):
        """A link to the survey, for a customer or for an order."""
        return self.answer(self._of_order() if "order_id" in self.told else self._of_customer(), status=201)

    def _of_customer(self) -> dict:
        customer = Customer.objects.visible_to(self.member).filter(id=self.told["customer_id"]).first()
        if customer is None:
            raise NothingToAsk(_("There is no such customer."))
        made = asking.invite(customer, by=self.member, tenant=self.tenant)
        until = made.at + surveys.current().life
        return {"address": asking.invitation_address(made, tenant=self.tenant), "until": until}

    def _of_order(self) -> dict:
        order = Order.objects.visible_to(self.member).filter(id=self.told["order_id"]).first()
        if order is None:
            raise NothingToAsk(_("There is no such order."))
        address = asking.order_address(order, tenant=self.tenant)
        if not address:
            raise SurveyOff(_("The survey is off, or the order is too old for it."))
        return {"address": address, "until": order.at + surveys.current().life}
