"""The till: who stands there, what it would cost, selling it, and taking it back."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework import serializers

from crm.api.fields import Identity, Money
from crm.api.refusals import refused
from crm.api.resources import Resource
from crm.api.shapes import Told
from crm.api.till_bodies import CheckoutBody, CodeBody, EnrolBody, LookupBody, QuoteBody, ReturnBody
from crm.api.till_shapes import CheckoutDetailShape, CheckoutShape, ReturnShape, detailed
from loyalty import checkout, codes, enrolling, finding, returns
from loyalty.models import Receipt
from tenancy.permissions import Permission

TILL = {Permission.TILL_USE}


class CandidateShape(Told):
    """Somebody who may be meant, masked."""

    id = Identity()
    name = serializers.CharField(help_text="Masked.")
    phone = serializers.CharField(help_text="Masked.")
    city = serializers.CharField()
    points = serializers.IntegerField()
    is_exact = serializers.BooleanField(help_text="Whether a whole phone, card or e-mail named this one alone.")


class CandidatesShape(Told):
    results = CandidateShape(many=True)


class Lookups(Resource):
    permissions = {"POST": TILL}
    bodies = {"POST": LookupBody}
    answers = {"POST": {200: CandidatesShape}}

    def post(self, request):
        """Recognise a customer.

        By whole phone, its last four digits, card or QR code, e-mail or name, among all customers of the company.
        A POST, since what is asked for is personal; each is audited.
        """
        found = finding.find(self.told["query"], region=self.tenant.region, by=self.member)
        return self.answer({"results": found})


class EnrolledShape(Told):
    """A new member."""

    id = Identity()
    name = serializers.CharField()
    card = serializers.CharField(help_text="The number of the member card, also for a QR code.")


class Enrolments(Resource):
    permissions = {"POST": {Permission.TILL_USE, Permission.CONSENTS_EDIT}}
    bodies = {"POST": EnrolBody}
    answers = {"POST": {201: EnrolledShape}}

    def post(self, request):
        """Enrol a member at the till. The same key again is the same member."""
        with refused():
            customer = enrolling.enrol(**self.told, by=self.member)
        told = {"id": customer.id, "name": customer.display_name, "card": finding.card(customer)}
        return self.answer(told, status=201)


class QuoteShape(Told):
    """What a purchase would cost and bring."""

    gross = Money(help_text="What the goods cost.")
    spent = serializers.IntegerField(help_text="Points.")
    spent_value = Money(help_text="What they pay.")
    payable = Money()
    earned = serializers.IntegerField(help_text="Points.")
    debt_paid = serializers.IntegerField(help_text="How many of the earned points settle a debt.")
    most = serializers.IntegerField(help_text="The most points that can be spent on it.")
    asks_code = serializers.BooleanField(help_text="Whether these points take a one-time code.")
    balance_before = serializers.IntegerField()
    balance_after = serializers.IntegerField()
    reasons = serializers.ListField(child=serializers.CharField(), help_text="Why each thing applies, for people.")


class Quotes(Resource):
    permissions = {"POST": TILL}
    bodies = {"POST": QuoteBody}
    answers = {"POST": {200: QuoteShape}}

    def post(self, request):
        """What a purchase would cost and bring; nothing is written."""
        with refused():
            return self.answer(checkout.preview(self.told["purchase"]))


class CodeShape(Told):
    channel = serializers.ChoiceField(["sms", "email"])


class Codes(Resource):
    permissions = {"POST": TILL}
    bodies = {"POST": CodeBody}
    answers = {"POST": {200: CodeShape}}

    def post(self, request):
        """Send the customer a one-time code for spending points, to their phone or else their e-mail."""
        with refused():
            customer = checkout.known(self.told["customer_id"])
            return self.answer({"channel": codes.send(customer, points=self.told["points"], by=self.member)})


class CheckoutList(Resource):
    permissions = {"POST": TILL}
    bodies = {"POST": CheckoutBody}
    answers = {"POST": {201: CheckoutShape, 200: CheckoutShape}}

    def post(self, request):
        """Sell: order, points, figures and timeline at once.

        `key` names the purchase. The same key again gives the first receipt (`200`), whatever has happened since;
        with another purchase it is `422`. So a till that got no answer sends the same again.
        """
        with refused():
            confirmed = checkout.confirm(self.told["purchase"], tenant=self.tenant, by=self.member)
        return self.answer(confirmed.receipt, status=201 if confirmed.is_new else 200)


class CheckoutDetail(Resource):
    permissions = {"GET": TILL}
    answers = {"GET": {200: CheckoutDetailShape}}

    def get(self, request, receipt_id: UUID):
        """A receipt of any store, with its lines and what came back of them."""
        receipt = get_object_or_404(Receipt.objects.select_related("order", "store"), id=receipt_id)
        return self.answer(detailed(receipt))


class Returns(Resource):
    permissions = {"POST": {Permission.TILL_USE, Permission.ORDERS_EDIT}}
    bodies = {"POST": ReturnBody}
    answers = {"POST": {201: ReturnShape, 200: ReturnShape}}

    def post(self, request, receipt_id: UUID):
        """Take goods back, in any store.

        Money, spent and earned points follow by the goods' share. What was earned and is gone becomes a debt, or
        money is withheld for it. The same key again gives the first return (`200`).
        """
        receipt = get_object_or_404(Receipt.objects.select_related("version"), id=receipt_id)
        with refused():
            made, is_new = returns.give_back(receipt, self.told["wanted"], by=self.member)
        return self.answer(made, status=201 if is_new else 200)
