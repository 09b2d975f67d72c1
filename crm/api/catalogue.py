"""Stores and products."""

from rest_framework import serializers

from crm.api.fields import Identity, Moment, Text
from crm.api.pages import PageQuery, page, page_of
from crm.api.resources import Resource
from crm.api.shapes import Told
from sales.models import Product
from tenancy.models import Store
from tenancy.permissions import Permission


class StoreShape(Told):
    """A place that sells."""

    id = Identity()
    code = serializers.CharField()
    name = serializers.CharField()
    city = serializers.CharField()


class ProductShape(Told):
    id = Identity()
    code = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    created_at = Moment()


class CodeQuery(PageQuery):
    code = Text(80, required=False, help_text="The one of this code.")


class StoreList(Resource):
    permissions = {"GET": ()}
    queries = {"GET": CodeQuery}
    answers = {"GET": {200: page_of(StoreShape)}}

    def get(self, request):
        """Stores, by code. For every token."""
        return self.answer(_by_code(Store.objects.all(), self.query))


class ProductList(Resource):
    permissions = {"GET": {Permission.ORDERS_VIEW}}
    queries = {"GET": CodeQuery}
    answers = {"GET": {200: page_of(ProductShape)}}

    def get(self, request):
        """Products, by code."""
        return self.answer(_by_code(Product.objects.all(), self.query))


def _by_code(rows, query: dict) -> dict:
    if "code" in query:
        rows = rows.filter(code=query["code"])
    found = page(rows, by=["code"], query=query)
    return {"results": found.rows, "older": found.older, "newer": found.newer}
