"""Products."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError as Invalid
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from crm.api.catalogue import CodeQuery, by_code
from crm.api.fields import Amount, Identity, Moment, Money, Secret, Text
from crm.api.pages import page_of
from crm.api.resources import Resource
from crm.api.shapes import Asked, Told
from sales import catalogue
from sales.catalogue import LONGEST
from sales.models import Product
from tenancy.permissions import Permission

EDIT = {Permission.ORDERS_VIEW, Permission.PRODUCTS_EDIT}


class ProductShape(Told):
    """Goods that are sold."""

    id = Identity()
    code = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    barcode = serializers.CharField()
    price = Money(allow_null=True, help_text="On the shelf; null where the till asks for it.")
    cost = Secret(
        allow_null=True, help_text="Of one, to the company; null where it is not known or INSIGHTS_VIEW is lacking."
    )
    is_active = serializers.BooleanField(help_text="Whether it is on sale.")
    created_at = Moment()


class Price(Amount):
    """Above 0, at most a million, with at most two decimals."""

    def to_internal_value(self, data) -> Decimal:
        price = super().to_internal_value(data)
        try:
            catalogue.check_price(price)
        except Invalid as problem:
            raise ValidationError([ErrorDetail(problem.message, code="invalid")]) from problem
        return price


class Cost(Amount):
    """What one costs the company: 0 to a million."""

    def to_internal_value(self, data) -> Decimal:
        cost = super().to_internal_value(data)
        try:
            catalogue.check_cost(cost)
        except Invalid as problem:
            raise ValidationError([ErrorDetail(problem.message, code="invalid")]) from problem
        return cost


class ProductBody(Asked):
    code = Text(LONGEST["code"])
    name = Text(LONGEST["name"], required=False, allow_blank=True)
    category = Text(LONGEST["category"], required=False, allow_blank=True)
    barcode = Text(LONGEST["barcode"], required=False, allow_blank=True, help_text="EAN and UPC are checked.")
    price = Price(required=False, allow_null=True, help_text="null: the till asks for it.")
    cost = Cost(required=False, allow_null=True, help_text="Of one, to the company. Needs INSIGHTS_VIEW.")
    is_active = serializers.BooleanField(required=False, help_text="Whether it is on sale.")

    def validate_cost(self, cost: Decimal | None) -> Decimal | None:
        if not self.context["view"].sees_figures:
            raise ValidationError(
                [ErrorDetail(_("Costs are set by who sees the company’s figures."), code="not_allowed")]
            )
        return cost

    def validate_barcode(self, barcode: str) -> str:
        try:
            catalogue.check_barcode(barcode)
        except Invalid as problem:
            raise ValidationError([ErrorDetail(problem.message, code="invalid")]) from problem
        return barcode


class ProductList(Resource):
    permissions = {"GET": {Permission.ORDERS_VIEW}, "POST": EDIT}
    queries = {"GET": CodeQuery}
    bodies = {"POST": ProductBody}
    answers = {"GET": {200: page_of(ProductShape)}, "POST": {201: ProductShape}}

    def get(self, request):
        """Products, by code."""
        return self.answer(by_code(Product.objects.all(), self.query))

    def post(self, request):
        """Add a product. A code or barcode that another product has is refused."""
        with taken():
            return self.answer(catalogue.save(Product(**self.told), by=self.member), status=201)


class ProductDetail(Resource):
    permissions = {"GET": {Permission.ORDERS_VIEW}, "PATCH": EDIT}
    bodies = {"PATCH": ProductBody}
    answers = {"GET": {200: ProductShape}, "PATCH": {200: ProductShape}}

    def get(self, request, product_id: UUID):
        """One product."""
        return self.answer(get_object_or_404(Product, id=product_id))

    def patch(self, request, product_id: UUID):
        """Change a product; what is left out stays."""
        product = get_object_or_404(Product, id=product_id)
        for name, value in self.told.items():
            setattr(product, name, value)
        with taken():
            return self.answer(catalogue.save(product, by=self.member))


@contextmanager
def taken() -> Iterator[None]:
    """What another product has becomes an error at its field."""
    try:
        yield
    except Invalid as problem:
        raise ValidationError(
            {name: [ErrorDetail(text, code="unique") for text in texts] for name, texts in problem.message_dict.items()}
        ) from problem
