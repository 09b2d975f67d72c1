"""What a till sends."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from crm.api.fields import Choice, Identity, PositiveAmount, Text
from crm.api.order_bodies import BoundedList
from crm.api.shapes import Asked
from crm.lib import phones
from customers.models import Customer
from loyalty import basket, checkout, returns
from loyalty.models.programme import MOST_POINTS
from privacy.models import Purpose
from tenancy.models import Store

LONGEST_CODE = 40


class Points(serializers.IntegerField):
    """Whole points."""

    def __init__(self, **options):
        super().__init__(**{"min_value": 0, "max_value": MOST_POINTS, **options})

    def to_internal_value(self, data):
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


@extend_schema_field({"type": "boolean"})
class Switch(serializers.Field):
    """true or false, in a body."""

    default_error_messages = {"invalid": _("Write true or false.")}

    def to_internal_value(self, data) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


@extend_schema_field({"type": "string", "minLength": 1, "maxLength": LONGEST_CODE})
class StoreCode(serializers.Field):
    """The code of a store that is there."""

    default_error_messages = {"unknown": _("There is no store of this code.")}

    def to_internal_value(self, data) -> Store:
        store = Store.objects.filter(code=Text(LONGEST_CODE).run_validation(data)).first()
        if store is None:
            self.fail("unknown")
        return store


class LookupBody(Asked):
    query = Text(100, help_text="Phone, last four digits, card, QR code, e-mail or name.")


class EnrolBody(Asked):
    """Name and phone; the rest where it was told."""

    key = Identity(help_text="Names the enrolment: a UUID of the till.")
    name = Text(100)
    phone = Text(40)
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    gender = Choice(Customer.Gender.choices, required=False, allow_blank=True)
    purposes = BoundedList(
        child=Choice(Purpose.choices), required=False, max_length=len(Purpose), help_text="What the person agrees to."
    )
    store = StoreCode(required=False)

    def validate(self, told: dict) -> dict:
        view = self.context["view"]
        try:
            phones.standard(told["phone"], view.tenant.region)
        except phones.PhoneError as problem:
            raise ValidationError({"phone": [ErrorDetail(str(problem), code=problem.code)]}) from problem
        return {**told, "store": told.get("store") or view.member.store}


class TillLineBody(Asked):
    """A product by code or barcode; or a plain amount: `price` without `product`."""

    product = Text(80, required=False, allow_blank=True)
    quantity = PositiveAmount(required=False)
    price = PositiveAmount(required=False, help_text="Of one; only where the product has no price of its own.")
    name = Text(200, required=False, allow_blank=True)


class QuoteBody(Asked):
    customer_id = Identity(required=False, allow_null=True)
    lines = BoundedList(child=TillLineBody(), min_length=1, max_length=basket.MOST_LINES)
    points = Points(required=False, help_text="To spend.")

    def validate(self, told: dict) -> dict:
        return {"purchase": self._purchase(told)}

    def _purchase(self, told: dict) -> checkout.Purchase:
        member = self.context["view"].member
        store = told.get("store")
        lines = tuple(
            basket.Asked(
                line.get("product", ""), line.get("quantity", Decimal(1)), line.get("price"), line.get("name", "")
            )
            for line in told["lines"]
        )
        return checkout.Purchase(
            key=told.get("key"),
            lines=lines,
            customer_id=told.get("customer_id"),
            points=told.get("points", 0),
            code=told.get("code", ""),
            store_id=store.id if store else member.store_id,
        )


class CheckoutBody(QuoteBody):
    key = Identity(help_text="Names the purchase: a UUID of the till. The same again sells nothing twice.")
    code = Text(6, required=False, allow_blank=True, help_text="The one-time code, where one is needed.")
    store = StoreCode(required=False, help_text="Else the store of the token's member.")


class CodeBody(Asked):
    customer_id = Identity()
    points = Points(min_value=1)


class ReturnLineBody(Asked):
    line_id = Identity()
    quantity = PositiveAmount()


class ReturnBody(Asked):
    key = Identity(help_text="Names the return: a UUID of the till.")
    lines = BoundedList(child=ReturnLineBody(), min_length=1, max_length=basket.MOST_LINES)
    withhold = Switch(required=False, help_text="Keep money for earned points that are gone, instead of a debt.")
    reason = Text(200, required=False, allow_blank=True)
    store = StoreCode(required=False, help_text="Else the store of the token's member.")

    def validate(self, told: dict) -> dict:
        store = told.get("store")
        quantities = {line["line_id"]: line["quantity"] for line in told["lines"]}
        if len(quantities) != len(told["lines"]):
            raise ValidationError({"lines": [ErrorDetail(_("A line stands twice."), code="twice")]})
        wanted = returns.GivingBack(
            key=told["key"],
            quantities=quantities,
            withhold=told.get("withhold", False),
            store_id=store.id if store else self.context["view"].member.store_id,
            reason=told.get("reason", ""),
        )
        return {"wanted": wanted}
