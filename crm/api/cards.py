"""A customer as the API tells it: the golden record, its records in the sources, and today's figures."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP

from rest_framework import serializers

from crm.api.fields import CENT, Birthday, Identity, Moment, Money, Secret
from crm.api.own_fields import ValuesTold
from crm.api.shapes import Told
from customers import custom, profiles, projection, tagging
from customers.models import Customer, Source, SourceRecord
from segmentation import people
from segmentation.lifecycle import Stage
from segmentation.models import Prediction
from tenancy.models import Store, Tenant

CONTACT = ("phone", "email", "address")


class RecordShape(Told):
    source = serializers.CharField()
    external_id = serializers.CharField()


class CustomerShape(Told):
    """A customer. Phone, e-mail and address are masked unless they are revealed."""

    id = Identity(source="customer.id")
    kind = serializers.ChoiceField(Customer.Kind.choices, source="customer.kind")
    name = serializers.CharField(source="customer.name", help_text="Empty where nobody told it.")
    gender = serializers.ChoiceField(Customer.Gender.choices, source="customer.gender", allow_blank=True)
    birthday = Birthday(allow_null=True)
    phone = serializers.CharField(source="contact.phone", help_text="E.164 where it is a phone number.")
    email = serializers.CharField(source="contact.email")
    address = serializers.CharField(source="contact.address")
    revealed = serializers.BooleanField(help_text="Whether phone, e-mail and address stand in plain.")
    city = serializers.CharField(source="customer.city")
    industry = serializers.CharField(source="customer.industry")
    owner = Identity(source="customer.owner_id", allow_null=True, help_text="The member who looks after them.")
    store = serializers.CharField(allow_null=True, help_text="The code of their store.")
    records = RecordShape(many=True, help_text="Their ids in the sources.")
    tags = serializers.ListField(child=serializers.CharField(), help_text="Names, in their order.")
    custom = ValuesTold(help_text="Values of the company’s own fields, by key; those without a value are left out.")
    created_at = Moment(source="customer.created_at")
    updated_at = Moment(source="customer.updated_at")
    stage = serializers.ChoiceField(Stage.choices, source="figures.stage")
    frequency = serializers.IntegerField(source="figures.frequency", help_text="Orders worth more than nothing.")
    monetary = Money()
    margin = Secret(
        source="figures.margin", allow_null=True,
        help_text="Of the orders whose cost is known; null where there is none or INSIGHTS_VIEW is lacking.",
    )  # fmt: skip
    margin_of = Secret(source="figures.margin_of", allow_null=True, help_text="What these orders come to.")
    recency_days = serializers.IntegerField(source="figures.recency_days", allow_null=True)
    first_at = Moment(source="figures.first_at", allow_null=True)
    last_at = Moment(source="figures.last_at", allow_null=True)
    r = serializers.IntegerField(source="figures.r", allow_null=True, min_value=1, max_value=5)
    f = serializers.IntegerField(source="figures.f", allow_null=True, min_value=1, max_value=5)
    m = serializers.IntegerField(source="figures.m", allow_null=True, min_value=1, max_value=5)


@dataclass(frozen=True, slots=True)
class Card:
    customer: Customer
    figures: people.Figures
    records: list[dict[str, str]]
    store: str | None
    contact: dict[str, str]
    tags: list[str]
    custom: dict[str, custom.Value]
    revealed: bool = False
    prediction: Prediction | None = None

    @property
    def birthday(self) -> date | None:
        known = self.customer
        birthday = projection.birthday_of(known)
        return birthday and birthday.solar

    @property
    def monetary(self):
        return self.figures.monetary.quantize(CENT, ROUND_HALF_UP)


def cards(pairs: Iterable[tuple[Customer, people.Figures]]) -> list[Card]:
    """Customers with their figures as cards, in four queries however many they are."""
    pairs = list(pairs)
    ids = [customer.id for customer, _figures in pairs]
    records, tags, values = records_of(ids), tagging.tags_of(ids), custom.values_of(ids)
    store_ids = {customer.store_id for customer, _figures in pairs}
    stores = dict(Store.objects.filter(id__in=store_ids - {None}).values_list("id", "code")) if pairs else {}
    return [
        Card(
            customer,
            figures,
            records.get(customer.id, []),
            stores.get(customer.store_id),
            _masked(customer),
            [tag.name for tag in tags.get(customer.id, [])],
            values.get(customer.id, {}),
        )
        for customer, figures in pairs
    ]


def card(customer: Customer, *, tenant: Tenant) -> Card:
    return cards([(customer, people.figures([customer], tenant=tenant)[customer.id])])[0]


def revealed(shown: Card, contact: dict[str, str]) -> Card:
    """The card with phone, e-mail and address in plain."""
    return replace(shown, contact=contact, revealed=True)


def records_of(customer_ids: Iterable) -> dict:
    """Customer id → [{"source", "external_id"}], without what staff typed in."""
    found: dict = {}
    rows = SourceRecord.objects.filter(customer__in=list(customer_ids)).exclude(source__key=Source.STAFF)
    for customer_id, source, external_id in rows.order_by("source__key", "external_id").values_list(
        "customer_id", "source__key", "external_id"
    ):
        found.setdefault(customer_id, []).append({"source": source, "external_id": external_id})
    return found


def _masked(customer: Customer) -> dict[str, str]:
    return {name: profiles.masked(name, getattr(customer, name) or "") for name in CONTACT}
