from dataclasses import replace

from rest_framework import serializers

from crm.api.cards import CustomerShape, RecordShape, cards
from crm.api.customers import FigureQuery
from crm.api.fields import Money
from crm.api.pages import page, page_of
from crm.api.resources import Resource
from crm.api.shapes import Told
from segmentation import people
from segmentation.lifecycle import Stage
from segmentation.prediction import predicting
from tenancy.permissions import Permission

FIGURES = (
    "stage", "frequency", "monetary", "margin", "margin_of", "recency_days", "first_at", "last_at", "r", "f", "m",
)  # fmt: skip


class ScoreShape(Told):
    """A scored customer's figures today, as on the pages; scores are null before the first scoring run, and
    what is expected of them before the first model was learned."""

    def get_fields(self):
        of_customer = CustomerShape().get_fields()
        return {
            "customer_id": of_customer["id"],
            "records": RecordShape(many=True),
            **{name: of_customer[name] for name in FIGURES},
            "p_buy": serializers.FloatField(
                source="prediction.p_buy", allow_null=True, help_text="Probability of an order within the horizon."
            ),
            "horizon_days": serializers.IntegerField(source="prediction.horizon_days", allow_null=True),
            "clv": Money(
                source="prediction.clv", allow_null=True, help_text="Expected spending in the 365 days to come."
            ),
            "clv_low": Money(
                source="prediction.clv_low", allow_null=True, help_text="To clv_high: eight of ten spend within."
            ),
            "clv_high": Money(source="prediction.clv_high", allow_null=True),
        }


class ScoreList(Resource):
    permissions = {"GET": {Permission.CUSTOMERS_VIEW}}
    queries = {"GET": FigureQuery}
    answers = {"GET": {200: page_of(ScoreShape)}}

    def get(self, request):
        """Scores of the customers with at least one counted order, in a steady order: to read them all."""
        filters = FigureQuery.filters_of(self.query)
        if filters.stage == Stage.PROSPECT:
            return self.answer({"results": [], "older": None, "newer": None})
        rows = people.scored(filters, member=self.member, tenant=self.tenant)
        found = page(rows, by=["customer_id"], query=self.query)
        customers = [row.customer for row in found.rows]
        figures = people.figures(customers, tenant=self.tenant)
        ahead = predicting.of([customer.id for customer in customers])
        told = [
            replace(card, prediction=ahead.get(card.customer.id))
            for card in cards((customer, figures[customer.id]) for customer in customers)
        ]
        return self.answer({"results": told, "older": found.older, "newer": found.newer})
