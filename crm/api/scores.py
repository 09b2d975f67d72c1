from crm.api.cards import CustomerShape, RecordShape, cards
from crm.api.customers import FigureQuery
from crm.api.pages import page, page_of
from crm.api.resources import Resource
from crm.api.shapes import Told
from segmentation import people
from segmentation.lifecycle import Stage
from tenancy.permissions import Permission

FIGURES = ("stage", "frequency", "monetary", "recency_days", "first_at", "last_at", "r", "f", "m")


class ScoreShape(Told):
    """A scored customer's figures today, as on the pages; scores are null before the first scoring run."""

    def get_fields(self):
        of_customer = CustomerShape().get_fields()
        return {
            "customer_id": of_customer["id"],
            "records": RecordShape(many=True),
            **{name: of_customer[name] for name in FIGURES},
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
        told = cards((customer, figures[customer.id]) for customer in customers)
        return self.answer({"results": told, "older": found.older, "newer": found.newer})
