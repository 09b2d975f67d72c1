"""What is looked up by its code: stores."""

from rest_framework import serializers

from crm.api.fields import Identity, Text
from crm.api.pages import PageQuery, page, page_of
from crm.api.resources import Resource
from crm.api.shapes import Told
from tenancy.models import Store


class StoreShape(Told):
    """A place that sells."""

    id = Identity()
    code = serializers.CharField()
    name = serializers.CharField()
    city = serializers.CharField()


class CodeQuery(PageQuery):
    code = Text(80, required=False, help_text="The one of this code.")


class StoreList(Resource):
    permissions = {"GET": ()}
    queries = {"GET": CodeQuery}
    answers = {"GET": {200: page_of(StoreShape)}}

    def get(self, request):
        """Stores, by code. For every token."""
        return self.answer(by_code(Store.objects.all(), self.query))


def by_code(rows, query: dict) -> dict:
    """A page of the rows by their code, or the one of that code."""
    if "code" in query:
        rows = rows.filter(code=query["code"])
    found = page(rows, by=["code"], query=query)
    return {"results": found.rows, "older": found.older, "newer": found.newer}
