from uuid import UUID

from rest_framework import serializers

from crm.api.fields import Choice, Identity, Moment, Text
from crm.api.one_customer import customer_of
from crm.api.pages import PageQuery, page, page_of
from crm.api.resources import Resource
from crm.api.shapes import Asked, Told
from customers.models import Customer
from interactions import timeline
from interactions.models import Interaction
from tenancy.permissions import Permission

BY_HAND = (timeline.NOTE_ADDED, timeline.CALL_MADE)


class InteractionShape(Told):
    """Something that happened with a customer."""

    id = Identity()
    kind = serializers.CharField(help_text="`noun.past`: note.added, call.made, order.placed, order.refunded, …")
    at = Moment()
    text = serializers.CharField(help_text="What a person wrote.")
    subject_id = Identity(allow_null=True, help_text="What it tells of: an order's id.")
    channel = serializers.CharField()
    store = serializers.CharField(source="store.code", default=None, allow_null=True)
    by = Identity(source="actor_id", allow_null=True, help_text="The member who wrote it.")


class InteractionBody(Asked):
    """A note or a call."""

    kind = Choice([(kind, kind) for kind in BY_HAND])
    text = Text(5000)
    at = Moment(required=False, help_text="Now, unless it is given.")


class Timeline(Resource):
    permissions = {"GET": {Permission.CUSTOMERS_VIEW}, "POST": {Permission.INTERACTIONS_ADD}}
    queries = {"GET": PageQuery}
    bodies = {"POST": InteractionBody}
    answers = {"GET": {200: page_of(InteractionShape)}, "POST": {201: InteractionShape}}

    def get(self, request, customer_id: UUID):
        """What happened with a customer, newest first."""
        customer = customer_of(Customer.objects.visible_to(self.member), customer_id)
        rows = Interaction.objects.filter(customer=customer).select_related("store")
        found = page(rows, by=["-at", "-id"], query=self.query)
        return self.answer({"results": found.rows, "older": found.older, "newer": found.newer})

    def post(self, request, customer_id: UUID):
        """Log a note or a call."""
        customer = customer_of(Customer.objects.visible_to(self.member), customer_id)
        row = timeline.log(customer, self.told["kind"], text=self.told["text"], at=self.told.get("at"), by=self.member)
        return self.answer(row, status=201)
