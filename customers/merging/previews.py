"""What a merge would make of customers, before it is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F
from django.utils.translation import gettext as _

from customers import custom, profiles, projection, registry, tagging
from customers.merging import rows
from customers.merging.joining import MOST, problem_of
from customers.models import Customer, CustomField, SourceRecord, SourceVersion
from tenancy import audit

TOLD_APART = {"customers.CustomerTag"}


@dataclass(frozen=True, slots=True)
class Value:
    """What one customer has of a field: `value` as a page shows it, said by `source` at a moment with a trust."""

    customer_id: UUID
    value: str
    source: str = ""
    trust: int | None = None
    at: object = None


@dataclass(frozen=True, slots=True)
class Line:
    """A field: each customer's value, whose survives, and why. `is_same`: all that have one say the same."""

    name: str
    label: str
    values: list[Value | None]
    survivor_id: UUID | None
    why: str
    is_same: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows that follow: how many each customer has, in the order of the preview's customers."""

    label: str
    counts: list[object]


@dataclass(frozen=True, slots=True)
class Preview:
    """`problems` are why it cannot be done; where there are none it can."""

    survivor: Customer
    customers: list[Customer]
    lines: list[Line]
    kept: list[Kept]
    problems: list[str]


def choose_survivor(customers: Sequence[Customer]) -> Customer:
    """Who is to survive: the one with the most source records, among equals the one known for longest."""
    ids = [one.id for one in customers]
    counted = SourceRecord.objects.filter(customer_id__in=ids).values("customer_id").annotate(count=Count("id"))
    records = dict(counted.values_list("customer_id", "count"))
    return min(customers, key=lambda one: (-records.get(one.id, 0), one.created_at, one.id))


def preview(customers: Sequence[Customer], survivor: Customer) -> Preview:
    """Field by field what each customer says and what would survive, what follows, and why it cannot be done."""
    ordered = [survivor, *(one for one in customers if one.id != survivor.id)]
    return Preview(
        survivor=survivor,
        customers=ordered,
        lines=[*_fields(ordered), *_places(ordered), _tags(ordered)],
        kept=_kept(ordered),
        problems=_problems(ordered),
    )


def _problems(customers: Sequence[Customer]) -> list[str]:
    problems = [problem] if (problem := problem_of(customers)) else []
    if len(customers) < 2:
        problems.append(_("Choose at least two customers."))
    if len(customers) > MOST + 1:
        problems.append(_("At most %d customers can be merged into one at once.") % MOST)
    return problems


@dataclass(frozen=True, slots=True)
class _Said:
    customer_id: UUID
    raw: str | None
    source: str
    trust: int
    at: object


def _fields(customers: Sequence[Customer]) -> list[Line]:
    """The golden fields and the company's own, those that anybody says anything of."""
    own = {field.key: field for field in custom.fields()}
    said: dict[str, list[_Said]] = {}
    for version in _versions(customers):
        for name, raw in projection.opened(version.content).items():
            if raw or raw is None:
                said.setdefault(name, []).append(
                    _Said(version.customer_id, raw, version.source, version.trust, version.at)
                )
    order = [name for name in (*projection.FIELDS, *own) if name in said]
    lines = [_line(name, said[name], customers, own) for name in order]
    return [line for line in lines if any(line.values)]


def _versions(customers: Sequence[Customer]):
    return (
        SourceVersion.objects.standing()
        .filter(record__customer_id__in=[one.id for one in customers])
        .annotate(
            customer_id=F("record__customer_id"), source=F("record__source__key"), trust=F("record__source__trust")
        )
    )


def _line(name: str, said: list[_Said], customers: Sequence[Customer], own: Mapping[str, CustomField]) -> Line:
    said = sorted(said, key=lambda one: (one.trust, one.at))
    winner, best = said[-1], {one.customer_id: one for one in said}
    values = [_value(name, best.get(one.id), own) for one in customers]
    shown = {value.value for value in values if value}
    return Line(
        name=name,
        label=own[name].label if name in own else str(profiles.LABELS[name]),
        values=values,
        survivor_id=winner.customer_id if winner.raw else None,
        why=_why(winner, [one for one in said if one.customer_id != winner.customer_id], len(shown)),
        is_same=len(shown) < 2,
    )


def _value(name: str, said: _Said | None, own: Mapping[str, CustomField]) -> Value | None:
    if said is None or not said.raw:
        return None
    if name in own:
        shown = custom.shown(own[name], custom.restored(own[name], said.raw))
    else:
        shown = profiles.shown(name, said.raw)
    return Value(said.customer_id, shown, said.source, said.trust, said.at)


def _why(winner: _Said, others: Sequence[_Said], different: int) -> str:
    if winner.raw is None:
        return _("Staff have cleared it.")
    if not others:
        return _("Nobody else says anything.")
    if different < 2:
        return _("All say the same.")
    if max(one.trust for one in others) < winner.trust:
        return _("The most trusted source says so.")
    return _("Of equally trusted sources the newest says so.")


def _places(customers: Sequence[Customer]) -> list[Line]:
    lines = []
    for name, label in (("owner", _("Owner")), ("store", _("Store"))):
        values = [Value(one.id, str(place)) if (place := getattr(one, name)) else None for one in customers]
        first = next((value for value in values if value), None)
        why = _("The customer that stays has it.") if values[0] else _("The customer that stays has none.")
        if first:
            same = len({value.value for value in values if value}) < 2
            lines.append(Line(name, label, values, first.customer_id, why, same))
    return lines


def _tags(customers: Sequence[Customer]) -> Line:
    found = tagging.tags_of([one.id for one in customers])
    told = [", ".join(tag.name for tag in found.get(one.id, ())) for one in customers]
    values = [Value(one.id, text) if text else None for one, text in zip(customers, told, strict=True)]
    return Line(
        "tags", _("Tags"), values, customers[0].id, _("All of them are kept."), len(set(filter(None, told))) < 2
    )


def _kept(customers: Sequence[Customer]) -> list[Kept]:
    """How many rows of each kind each customer has, those of other apps with what they say of them."""
    ids = [one.id for one in customers]
    kept = [_counted(SourceRecord, "customer_id", ids)]
    kept += [
        _counted(one.model, one.column, ids)
        for one in rows.followers()
        if one.label not in TOLD_APART and registry.silent.get(one.label) != "false"
    ]
    kept += [Kept(str(label), [found.get(id, 0) for id in ids]) for label, found in registry.counted(ids)]
    return [one for one in kept if any(one.counts)]


def _counted(model, column: str, ids: list[UUID]) -> Kept:
    found = model._base_manager.filter(**{f"{column}__in": ids}).values(column).annotate(count=Count("pk"))
    counts = dict(found.values_list(column, "count"))
    return Kept(_name(model), [counts.get(id, 0) for id in ids])


def _name(model) -> str:
    return str(audit.label_of(model))
