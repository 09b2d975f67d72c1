"""Where a customer's values come from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lib import phones
from customers import custom, projection
from customers.models import Customer, CustomerShare, CustomField, SourceRecord, SourceVersion

MASKED = {
    "phone",
    "phone_2",
    "phone_3",
    "email",
    "email_2",
    "email_3",
    "address",
    "openid",
    "unionid",
    "card",
    "id_number",
}
LABELS = {
    "kind": _("Type"),
    "name": _("Name"),
    "family_name": _("Family name"),
    "given_name": _("Given name"),
    "gender": _("Gender"),
    "birthday": _("Birthday"),
    "phone": _("Phone"),
    "phone_2": _("Second phone"),
    "phone_3": _("Third phone"),
    "email": _("E-mail"),
    "email_2": _("Second e-mail"),
    "email_3": _("Third e-mail"),
    "openid": "openid",
    "unionid": "unionid",
    "card": _("Member card"),
    "id_number": _("Identity number"),
    "address": _("Address"),
    "province": _("Province"),
    "city": _("City"),
    "district": _("District"),
    "postcode": _("Postcode"),
    "country": _("Country"),
    "company": _("Company"),
    "title": _("Job title"),
    "industry": _("Industry"),
    "channel": _("Channel"),
    "website": _("Website"),
    "note": pgettext_lazy("profile", "Note"),
}
E164 = re.compile(r"\+\d{6,15}\Z")


@dataclass(frozen=True)
class Field:
    """A surviving value and the source it comes from. Contact data is masked: revealing is audited."""

    name: str
    label: str
    value: str
    source: str
    at: datetime


def fields(customer: Customer) -> list[Field]:
    """Each field of the projection with its source, in the order of projection.FIELDS, then the company's own."""
    own = {field.key: field for field in custom.fields()}
    order = (*projection.FIELDS, *own)
    versions = list(
        SourceVersion.objects.standing()
        .filter(record__customer=customer)
        .annotate(source=F("record__source__key"), trust=F("record__source__trust"))
    )
    found: dict[str, Field] = {}
    for version in sorted(versions, key=lambda one: (one.trust, one.at)):
        content = projection.opened(version.content)
        for name in order:
            value = content.get(name, "")
            if value:
                found[name] = Field(name, *_told(name, value, own), version.source, version.at)
            elif value is None:
                found.pop(name, None)
    return [found[name] for name in order if name in found]


def _told(name: str, value: str, own: Mapping[str, CustomField]) -> tuple[str, str]:
    """A field's label, and its value as a page shows it."""
    if name in own:
        return own[name].label, custom.shown(own[name], custom.restored(own[name], value))
    return LABELS[name], shown(name, value)


def shown(name: str, value: str) -> str:
    """A value as a page shows it: choices by their names, contact data masked."""
    if name == "kind":
        return str(dict(Customer.Kind.choices).get(value, value))
    if name == "gender":
        return str(dict(Customer.Gender.choices).get(projection.GENDERS.get(value.strip().casefold()), value))
    return masked(name, value)


def masked(name: str, value: str) -> str:
    """Contact data with its middle hidden."""
    if name not in MASKED:
        return value
    if E164.match(value):
        return phones.mask(value)
    local, at, domain = value.partition("@")
    if name.startswith("email") and at:
        return f"{local[:1]}***@{domain}"
    return f"{value[:3]} **** {value[-4:]}" if len(value) > 7 else "****"


def records(customer: Customer) -> list[SourceRecord]:
    return list(SourceRecord.objects.filter(customer=customer).select_related("source").order_by("-created_at")[:50])


def shares(customer: Customer) -> list[CustomerShare]:
    """With whom the customer is shared."""
    return list(CustomerShare.objects.filter(content_object=customer).select_related("user", "permission"))
