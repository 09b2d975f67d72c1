"""Orders of programs, checked and handed to sales.orders, many at once."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ErrorDetail, ValidationError

from crm.api.order_bodies import OrderBody
from crm.api.people import content_of
from customers import identities, projection
from customers.models import Customer, Source, SourceRecord
from sales import orders
from sales.models import Order
from tenancy import audit
from tenancy.models import Membership
from tenancy.permissions import Scope

PERSONAL = set(projection.FIELDS)


class Key(NamedTuple):
    """What makes an order the same order."""

    source: str
    number: str
    reference: str | None


class NotVisible(ValidationError):
    """The order's customer is outside of the member's data scope, or would be."""

    status_code = HTTPStatus.FORBIDDEN

    def __init__(self):
        super().__init__(
            {"customer": [ErrorDetail(_("This customer is not among those you see."), code="not_visible")]}
        )


@dataclass(slots=True)
class Result:
    """What became of one order: the row it is, or why it was refused."""

    id: UUID | None = None
    is_new: bool = False
    refusal: ValidationError | None = None


@dataclass(slots=True)
class Recorded:
    """A result for each order, and how many lines were written."""

    results: dict[int, Result] = field(default_factory=dict)
    created: int = 0
    updated: int = 0
    unchanged: int = 0


def record(sent: Sequence[Any], *, by: Membership) -> Recorded:
    """Write the orders that are acceptable, in the current transaction; the others are told why not.

    `sent` are JSON values as in OrderBody. A member who does not see all customers writes orders of customers
    they see.
    """
    recorded, told = Recorded(), {}
    for place, order in enumerate(_checked(sent)):
        if isinstance(order, dict) and (key := _key(order)) not in told:
            told[key] = order
            recorded.results[place] = told[key]["result"] = Result()
        else:
            recorded.results[place] = Result(refusal=order if isinstance(order, ValidationError) else _twice())
    for source_key in sorted({key.source for key in told}):
        _record_of(source_key, {key: order for key, order in told.items() if key.source == source_key}, recorded, by)
    _note(recorded, by)
    return recorded


def _note(recorded: Recorded, by: Membership) -> None:
    """One row in the audit for the whole call."""
    written = [result.id for result in recorded.results.values() if result.id]
    if written:
        lines = {"created": recorded.created, "updated": recorded.updated, "unchanged": recorded.unchanged}
        only = Order(id=written[0]) if len(written) == 1 else None
        audit.record("orders.recorded", only, by=by, changes={"orders": len(written), "lines": lines})


def _checked(sent: Iterable[Any]) -> Iterator[dict | ValidationError]:
    body = OrderBody()
    for one in sent:
        try:
            yield body.run_validation(one)
        except ValidationError as refusal:
            yield refusal


def _twice() -> ValidationError:
    return ValidationError({"number": [ErrorDetail(_("Stands twice in this call."), code="twice")]})


def _record_of(source_key: str, told: Mapping[Key, dict], recorded: Recorded, by: Membership) -> None:
    source, _made = Source.objects.get_or_create(key=source_key)
    allowed = _allowed(told, source, by)
    for key in told.keys() - allowed.keys():
        told[key]["result"].refusal = NotVisible()
    known = _known(allowed, source)
    outcome = orders.record(_lines(allowed, source), source=source, people=_people(allowed))
    recorded.created += outcome.created
    recorded.updated += outcome.updated
    recorded.unchanged += outcome.unchanged
    for key, order in allowed.items():
        order["result"].id = outcome.order_ids[key.number, key.reference]
        order["result"].is_new = key not in known


def _key(order: dict) -> Key:
    customer = order.get("customer")
    return Key(order["source"], order["number"], customer["external_id"] if customer else None)


def _allowed(told: Mapping[Key, dict], source: Source, by: Membership) -> dict[Key, dict]:
    if by.scope == Scope.ALL:
        return dict(told)
    references = {key.reference for key in told if key.reference}
    seen = SourceRecord.objects.filter(
        source=source, external_id__in=references, customer__in=Customer.objects.visible_to(by)
    )
    visible = set(seen.values_list("external_id", flat=True))
    return {key: order for key, order in told.items() if key.reference in visible}


def _known(told: Mapping[Key, dict], source: Source) -> set[Key]:
    standing = Order.objects.filter(source=source, number__in={key.number for key in told})
    rows = standing.values_list("number", "record__external_id")
    return {Key(source.key, number, reference) for number, reference in rows}


def _people(told: Mapping[Key, dict]) -> dict[str, identities.Person]:
    """The newest word on each customer reference; orders that say nothing of the person say nothing."""
    people: dict[str, identities.Person] = {}
    for key, order in sorted(told.items(), key=lambda item: item[1]["at"]):
        content = {name: value or "" for name, value in content_of(order.get("customer") or {}, PERSONAL).items()}
        if any(content.values()):
            people[key.reference] = identities.Person(key.reference, content, order["at"])
    return people


def _lines(told: Mapping[Key, dict], source: Source) -> list[orders.Line]:
    cancelled = re.compile(source.cancel_pattern)
    return [_line(key, order, line, cancelled) for key, order in told.items() for line in order["lines"]]


def _line(key: Key, order: dict, line: dict, cancelled: re.Pattern) -> orders.Line:
    quantity = line.get("quantity")
    return orders.Line(
        number=key.number,
        key=line["key"],
        customer=key.reference,
        at=order["at"],
        amount=line["amount"],
        quantity=quantity,
        price=line.get("price"),
        unit_cost=line.get("unit_cost"),
        product=line.get("product", ""),
        name=line.get("name", ""),
        category=line.get("category", ""),
        is_refund=bool(line["amount"] < 0 or (quantity or 0) < 0 or cancelled.match(key.number)),
        channel=order.get("channel", ""),
        store=order.get("store", ""),
    )
