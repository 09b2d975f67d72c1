"""How customers of a stage are treated, for the programs that act on it."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.response import Response

from crm.api.fields import Choice, Identity, Text
from crm.api.one_customer import customer_of
from crm.api.resources import Resource
from crm.api.shapes import Asked, Told
from customers.models import Customer
from segmentation import lifecycle, people
from segmentation.cells import Cell
from segmentation.lifecycle import Stage
from segmentation.models import StagePolicy
from tenancy.permissions import Permission

SEE = {Permission.CUSTOMERS_VIEW}
EDIT = {Permission.SEGMENTS_EDIT}
CELLS = [("", ""), *Cell.choices]


class TreatmentShape(Told):
    service = serializers.ChoiceField(StagePolicy.Service.choices)
    follow_up_days = serializers.IntegerField(allow_null=True, help_text="Get in touch every so many days.")
    offer = serializers.CharField()


class PolicyShape(TreatmentShape):
    """How the customers of a stage are treated, those of one value or, where `cell` is empty, all others."""

    id = Identity()
    stage = serializers.ChoiceField(Stage.choices)
    cell = serializers.ChoiceField(CELLS)


class PolicyBody(Asked):
    stage = Choice(Stage.choices)
    cell = Choice(CELLS, required=False, default="")
    service = Choice(StagePolicy.Service.choices, required=False, default=StagePolicy.Service.STANDARD)
    follow_up_days = serializers.IntegerField(
        min_value=1, max_value=lifecycle.LONGEST_FOLLOW_UP, required=False, allow_null=True, default=None
    )
    offer = Text(200, required=False, allow_blank=True, default="")


class PoliciesShape(Told):
    results = PolicyShape(many=True)


class PolicyList(Resource):
    permissions = {"GET": SEE, "POST": EDIT}
    bodies = {"POST": PolicyBody}
    answers = {"GET": {200: PoliciesShape}, "POST": {200: PolicyShape}}

    def get(self, request):
        """All policies: at most one for each stage and value."""
        return self.answer({"results": StagePolicy.objects.order_by("stage", "cell")})

    def post(self, request):
        """Set how a stage, or one value in it, is treated. It takes the place of what was said of it before."""
        told = dict(self.told)
        try:
            return self.answer(lifecycle.set_policy(told.pop("stage"), told.pop("cell"), by=self.member, **told))
        except lifecycle.BadPolicy as problem:
            raise ValidationError({"cell": [ErrorDetail(str(problem), code="no_scores")]}) from problem


class PolicyDetail(Resource):
    permissions = {"GET": SEE, "DELETE": EDIT}
    answers = {"GET": {200: PolicyShape}, "DELETE": {204: None}}

    def get(self, request, policy_id: UUID):
        """One policy."""
        return self.answer(get_object_or_404(StagePolicy, id=policy_id))

    def delete(self, request, policy_id: UUID):
        """Delete a policy; its customers are treated as the others of their stage."""
        lifecycle.drop_policy(get_object_or_404(StagePolicy, id=policy_id), by=self.member)
        return Response(status=204)


class CustomerTreatmentShape(Told):
    stage = serializers.ChoiceField(Stage.choices)
    cell = serializers.ChoiceField(Cell.choices, allow_null=True)
    policy = TreatmentShape(allow_null=True)


class CustomerPolicy(Resource):
    permissions = {"GET": SEE}
    answers = {"GET": {200: CustomerTreatmentShape}}

    def get(self, request, customer_id: UUID):
        """How this customer is treated today: the policy of their stage and value, else of the stage, else null."""
        customer = customer_of(Customer.objects.visible_to(self.member), customer_id)
        found = people.figures([customer], tenant=self.tenant)[customer.id]
        policy = lifecycle.policy_of(found.stage, found.cell)
        return self.answer({"stage": found.stage, "cell": found.cell, "policy": policy})
