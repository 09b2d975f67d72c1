"""What the company has noted of a customer: tags, own fields, consent, the timeline, chance."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cache
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from customers import custom, tagging
from customers.models import CustomField, Tag
from customers.values import LONGEST, key_of
from privacy.models import Channel, Purpose
from segmentation.segments.fields import Field, Filter, Kind
from segmentation.segments.sql import Asking, Rows
from segmentation.segments.tree import Clause

GROUP = "facts"
OWN = "x."  # before the key of a company's own field
ZERO = Decimal(0)
KINDS = {
    CustomField.Kind.TEXT: Kind.TEXT,
    CustomField.Kind.NUMBER: Kind.NUMBER,
    CustomField.Kind.DATE: Kind.DAY,
    CustomField.Kind.CHOICE: Kind.CHOICE,
    CustomField.Kind.BOOLEAN: Kind.YES,
}
COLUMNS = {
    CustomField.Kind.TEXT: "v.key",
    CustomField.Kind.NUMBER: "v.number * 0.0001",
    CustomField.Kind.DATE: "v.day",
    CustomField.Kind.CHOICE: "v.key",
    CustomField.Kind.BOOLEAN: "v.number <> 0",
}
# As long as numbers of own fields can be.
WIDE = {"low": Decimal(-(10**14)), "high": Decimal(10**14)}


def fields() -> list[Field]:
    return [
        Field("tag", _("Tag"), Kind.CHOICE, GROUP, choices=_tags(), is_many=True, keys=_tag_keys, named=_tag_names,
              is_by_id=True, values=_tagged),
        Field("agreed", _("Consent"), Kind.CHOICE, GROUP, choices=_agreements, is_many=True, values=_agreed),
        Field("events", _("Events within days"), Kind.WHOLE, GROUP, low=ZERO, default=ZERO, has_window=True,
              is_of_day=True, filters={one.name: one for one in (Filter("channel", _("Channel")),
                                                 Filter("kind", _("Event")))},
              values=_happened, words="events"),
        *(_own(field) for field in custom.fields()),
    ]  # fmt: skip


def _own(field: CustomField) -> Field:
    """A field that the company made itself. Texts and choices are found in any width, case and script."""
    is_word = field.kind in (CustomField.Kind.TEXT, CustomField.Kind.CHOICE)
    offered = dict(zip(field.choices, field.choices, strict=True))
    return Field(
        f"{OWN}{field.key}",
        field.label,
        KINDS[field.kind],
        "own",
        **(WIDE if field.kind == CustomField.Kind.NUMBER else {}),
        choices=(lambda: offered) if field.kind == CustomField.Kind.CHOICE else None,
        keys=_folded if is_word else None,
        values=lambda asking, clause: _own_values(asking, field),
    )


def _folded(words: Iterable[str]) -> dict[str, str]:
    return {word: key_of(word[:LONGEST]) for word in words}


def _own_values(asking: Asking, field: CustomField) -> Rows:
    column = COLUMNS[field.kind]
    return Rows(
        f"""SELECT v.customer_id, {column} AS value FROM customers_customvalue v
            WHERE v.field_id = {asking.put(field.id)} AND {column} IS NOT NULL {asking.among("v.customer_id")}"""
    )


def _tags() -> Callable[[], Mapping[str, str]]:
    return cache(lambda: {name: name for name in Tag.objects.values_list("name", flat=True)})


def _tag_keys(words: Iterable[str]) -> dict[str, UUID]:
    keys = {word: tagging.key_of(word) for word in words}
    found = dict(Tag.objects.filter(name_key__in=list(keys.values())).values_list("name_key", "id"))
    return {word: found[key] for word, key in keys.items() if key in found}


def _tag_names(ids: Iterable[UUID]) -> dict[UUID, str]:
    return dict(Tag.objects.filter(id__in=list(ids)).values_list("id", "name"))


def _tagged(asking: Asking, clause: Clause) -> Rows:
    return Rows(
        f"""SELECT customer_id, tag_id AS value FROM customers_customertag
            WHERE tag_id IS NOT NULL {asking.among()}"""
    )


def _agreements() -> dict[str, str]:
    return {
        f"{purpose.value}.{channel.value}": f"{purpose.label} · {channel.label}"
        for purpose in Purpose
        for channel in Channel
    }


def _agreed(asking: Asking, clause: Clause) -> Rows:
    """purpose.channel of what the newest word says yes to."""
    return Rows(
        f"""SELECT customer_id, purpose || '.' || channel AS value FROM (
                SELECT DISTINCT ON (customer_id, purpose, channel) customer_id, purpose, channel, given
                FROM privacy_consent WHERE true {asking.among()}
                ORDER BY customer_id, purpose, channel, at DESC, id DESC
            ) newest WHERE given"""
    )


def _happened(asking: Asking, clause: Clause) -> Rows:
    conditions = [f"i.{name} = ANY({asking.put(list(values))})" for name, values in clause.filters]
    return Rows(
        f"""SELECT i.customer_id, count(*) AS value FROM interactions_interaction i
            WHERE {" AND ".join([asking.within(clause, "i.at"), *conditions])} {asking.among("i.customer_id")}
            GROUP BY i.customer_id"""
    )
