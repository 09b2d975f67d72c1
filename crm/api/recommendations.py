"""What to offer to a customer."""

from uuid import UUID

from rest_framework import serializers

from crm.api.fields import Choice, Identity, Text, Whole
from crm.api.one_customer import customer_of
from crm.api.resources import Resource
from crm.api.shapes import Asked, Told
from customers.models import Customer
from privacy.models import Channel
from sales import catalogue
from segmentation.recommending import offers
from segmentation.recommending.ranking import Kind
from tenancy.permissions import Permission

MOST_GOODS = 20


class RecommendationQuery(Asked):
    n = Whole(min_value=1, max_value=offers.MOST, required=False, default=10, help_text="How many at most.")
    only = Choice([(one.value, one.value) for one in offers.Only], required=False, help_text="One part of the ranking.")
    channel = Choice(
        Channel.choices,
        required=False,
        help_text="For a message over this channel: nothing without the customer’s agreement to offers there.",
    )
    basket = Text(
        MOST_GOODS * 81, required=False, help_text=f"Up to {MOST_GOODS} codes or barcodes with commas between them."
    )

    def validate_basket(self, basket: str) -> list[str]:
        return [code.strip()[:80] for code in basket.split(",")][:MOST_GOODS]


class ItemShape(Told):
    """A product and why, in words."""

    product_id = Identity()
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField([(one.value, one.value) for one in Kind])
    reason = serializers.CharField()


class RecommendationShape(Told):
    """`as_of` is the day of the newest order that is known of; `refusal` says why there is nothing."""

    results = ItemShape(many=True, source="items")
    is_personal = serializers.BooleanField()
    refusal = serializers.CharField()
    as_of = serializers.DateField(allow_null=True)


class Recommendations(Resource):
    permissions = {"GET": {Permission.CUSTOMERS_VIEW, Permission.ORDERS_VIEW}}
    queries = {"GET": RecommendationQuery}
    answers = {"GET": {200: RecommendationShape}}

    def get(self, request, customer_id: UUID):
        """What to offer to a customer: what goes with the basket, what they buy again, then goods new to them."""
        customer = customer_of(Customer.objects.visible_to(self.member), customer_id)
        channel, only = self.query.get("channel"), self.query.get("only")
        told = offers.recommend(
            customer,
            self.query["n"],
            tenant=self.tenant,
            basket=[product.id for product in catalogue.find(self.query.get("basket", [])).values()],
            channel=channel and Channel(channel),
            only=only and offers.Only(only),
        )
        return self.answer(told)
