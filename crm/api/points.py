"""A customer's points."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from crm.api.fields import Choice, Identity, Moment, Text
from crm.api.one_customer import customer_of
from crm.api.pages import PageQuery, page, page_of
from crm.api.refusals import refused
from crm.api.resources import Resource
from crm.api.shapes import Asked, Told
from crm.api.till_bodies import Points
from customers.models import Customer
from loyalty import adjusting
from loyalty.models import Account, Adjustment, Entry
from loyalty.models.programme import MOST_POINTS
from tenancy.permissions import Permission

APPROVE = {Permission.CUSTOMERS_VIEW, Permission.POINTS_APPROVE}


class AccountShape(Told):
    """How a customer stands: a balance, or a debt that the next points pay."""

    balance = serializers.IntegerField()
    debt = serializers.IntegerField()


class AccountDetail(Resource):
    permissions = {"GET": {Permission.CUSTOMERS_VIEW, Permission.POINTS_VIEW}}
    answers = {"GET": {200: AccountShape}}

    def get(self, request, customer_id: UUID):
        """A customer's points."""
        customer = customer_of(Customer.objects.visible_to(self.member), customer_id)
        return self.answer(Account.objects.filter(customer=customer).first() or Account(customer=customer))


class EntryShape(Told):
    """A movement of points: `points` moved the balance, `debt` the debt."""

    id = Identity()
    customer_id = Identity(source="account_id")
    kind = serializers.ChoiceField(Entry.Kind.choices)
    points = serializers.IntegerField()
    debt = serializers.IntegerField()
    at = Moment()
    order_id = Identity(allow_null=True)
    request_id = serializers.CharField()
    reason = serializers.CharField()


class EntryList(Resource):
    permissions = {"GET": {Permission.CUSTOMERS_VIEW, Permission.POINTS_VIEW}}
    queries = {"GET": PageQuery}
    answers = {"GET": {200: page_of(EntryShape)}}

    def get(self, request, customer_id: UUID):
        """The movements of a customer's points, newest first."""
        customer = customer_of(Customer.objects.visible_to(self.member), customer_id)
        found = page(Entry.objects.filter(account_id=customer.id), by=["-at", "-id"], query=self.query)
        return self.answer({"results": found.rows, "older": found.older, "newer": found.newer})


class EntryDetail(Resource):
    permissions = {"GET": {Permission.CUSTOMERS_VIEW, Permission.POINTS_VIEW}}
    answers = {"GET": {200: EntryShape}}

    def get(self, request, entry_id: UUID):
        """One movement of points: what the change feed names."""
        visible = Customer.objects.visible_to(self.member)
        return self.answer(get_object_or_404(Entry, id=entry_id, account_id__in=visible.values("id")))


class AdjustmentBody(Asked):
    points = Points(min_value=-MOST_POINTS, help_text="Up or down.")
    reason = Text(500)
    key = Text(70, help_text="Names the correction; the same key again corrects nothing twice.")

    def validate_points(self, points: int) -> int:
        if not points:
            raise ValidationError([ErrorDetail(_("A correction is of at least one point."), code="zero")])
        return points


class AdjustmentShape(Told):
    """A correction by hand."""

    id = Identity()
    customer_id = Identity()
    points = serializers.IntegerField()
    state = serializers.ChoiceField(Adjustment.State.choices)
    reason = serializers.CharField()
    created_at = Moment()


class Adjustments(Resource):
    permissions = {"POST": {Permission.CUSTOMERS_VIEW, Permission.POINTS_ADJUST}}
    bodies = {"POST": AdjustmentBody}
    answers = {"POST": {201: AdjustmentShape}}

    def post(self, request, customer_id: UUID):
        """Correct points by hand: at once up to the programme's limit, else it waits for a second person."""
        customer = customer_of(Customer.objects.visible_to(self.member), customer_id)
        told = self.told
        with refused():
            row = adjusting.ask(
                customer,
                points=told["points"],
                reason=told["reason"],
                request_id=f"api:{self.member.id}:{told['key']}",
                by=self.member,
            )
        return self.answer(row, status=201)


class AdjustmentQuery(PageQuery):
    state = Choice(Adjustment.State.choices, required=False, help_text="Else `waiting`.")


class AdjustmentList(Resource):
    permissions = {"GET": APPROVE}
    queries = {"GET": AdjustmentQuery}
    answers = {"GET": {200: page_of(AdjustmentShape)}}

    def get(self, request):
        """Corrections of points by their state, newest first: those that wait for a second person, unless told."""
        state = self.query.get("state", Adjustment.State.WAITING)
        rows = Adjustment.objects.visible_to(self.member).filter(state=state)
        found = page(rows, by=["-created_at", "-id"], query=self.query)
        return self.answer({"results": found.rows, "older": found.older, "newer": found.newer})


class Decision(Resource):
    permissions = {"POST": APPROVE}
    answers = {"POST": {200: AdjustmentShape}}

    def decided(self, adjustment_id: UUID, decide):
        row = get_object_or_404(Adjustment.objects.visible_to(self.member), id=adjustment_id)
        with refused():
            decide(row, by=self.member)
        row.refresh_from_db()
        return self.answer(row)


class Approvals(Decision):
    def post(self, request, adjustment_id: UUID):
        """Apply a correction that somebody else asked for. Takes no body."""
        return self.decided(adjustment_id, adjusting.approve)


class Refusals(Decision):
    def post(self, request, adjustment_id: UUID):
        """Turn a correction down, or take one's own back. Takes no body."""
        return self.decided(adjustment_id, adjusting.refuse)
