"""Scores, and how they moved."""

from dataclasses import replace

from rest_framework import serializers

from crm.api.cards import CustomerShape, RecordShape, cards
from crm.api.customers import FigureQuery
from crm.api.fields import Day, Identity, Money
from crm.api.pages import PageQuery, page, page_of
from crm.api.resources import Resource
from crm.api.shapes import Told
from customers.models import Customer
from segmentation import people
from segmentation.lifecycle import Stage
from segmentation.models import ScoreChange
from segmentation.prediction import predicting
from tenancy.permissions import Permission, Scope

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


class BandsShape(Told):
    """Null bands and an empty stage are a customer's without scores."""

    r = serializers.IntegerField(allow_null=True, min_value=1, max_value=5)
    f = serializers.IntegerField(allow_null=True, min_value=1, max_value=5)
    m = serializers.IntegerField(allow_null=True, min_value=1, max_value=5)
    stage = serializers.ChoiceField([("", ""), *Stage.choices])


class ScoreChangeShape(Told):
    """A customer whose bands or stage the scoring of a day moved."""

    day = serializers.DateField()
    customer_id = Identity()
    before = BandsShape()
    since = BandsShape()


class ScoreChangeQuery(PageQuery):
    start = Day(required=False, help_text="The first day. Ask again from the last day that you have read: it grows.")
    end = Day(required=False, help_text="The last day.")
    customer = Identity(required=False)


class ScoreChangeList(Resource):
    permissions = {"GET": {Permission.CUSTOMERS_VIEW}}
    queries = {"GET": ScoreChangeQuery}
    answers = {"GET": {200: page_of(ScoreChangeShape)}}

    def get(self, request):
        """Whose bands or stage moved, day by day, of the customers the member sees."""
        rows = ScoreChange.objects.all()
        for name, wanted in (("start", "day__gte"), ("end", "day__lte"), ("customer", "customer_id")):
            if name in self.query:
                rows = rows.filter(**{wanted: self.query[name]})
        if self.member.scope != Scope.ALL:
            rows = rows.filter(customer__in=Customer.objects.visible_to(self.member))
        found = page(rows, by=["day", "customer_id"], query=self.query)
        told = [
            {
                "day": row.day,
                "customer_id": row.customer_id,
                "before": _bands(row.score_before, row.stage_before),
                "since": _bands(row.score, row.stage),
            }
            for row in found.rows
        ]
        return self.answer({"results": told, "older": found.older, "newer": found.newer})


def _bands(score: int | None, stage: str) -> dict:
    r, f, m = (int(band) for band in str(score)) if score else (None, None, None)
    return {"r": r, "f": f, "m": m, "stage": stage}
