"""Where a customer's values come from."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from customers import projection
from customers.models import Customer, SourceRecord, SourceVersion

MASKED = {"phone", "email", "address", "openid", "unionid", "card"}


@dataclass(frozen=True)
class Field:
    """A surviving value and the source it comes from. Contact data is masked: revealing is audited."""

    name: str
    value: str
    source: str
    at: datetime


def fields(customer: Customer) -> list[Field]:
    """Each field of the projection with its source, in the order of projection.FIELDS."""
    versions = list(
        SourceVersion.objects.filter(record__customer=customer)
        .order_by("record_id", "-at", "-id")
        .distinct("record_id")
        .annotate(source=F("record__source__key"), trust=F("record__source__trust"))
    )
    found: dict[str, Field] = {}
    for version in sorted(versions, key=lambda one: (one.trust, one.at)):
        content = projection.opened(version.content)
        for name in projection.FIELDS:
            value = content.get(name, "")
            if value:
                found[name] = Field(name, masked(name, value), version.source, version.at)
            elif value is None:
                found.pop(name, None)
    return [found[name] for name in projection.FIELDS if name in found]


def masked(name: str, value: str) -> str:
    """Contact data with its middle hidden."""
    if name not in MASKED:
        return value
    local, at, domain = value.partition("@")
    if name == "email" and at:
        return f"{local[:1]}***@{domain}"
    return f"{value[:3]} **** {value[-4:]}" if len(value) > 7 else "****"


def records(customer: Customer) -> list[SourceRecord]:
    return list(SourceRecord.objects.filter(customer=customer).select_related("source").order_by("-created_at")[:50])
