"""Stands in until merging is here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from django.utils import timezone

from customers import golden, identities, projection
from customers.models import (
    Customer,
    Identifier,
    LaterRow,
    Merge,
    MergeMember,
    MergeMove,
    SourceRecord,
    SourceVersion,
)
from customers.profiles import LABELS, shown
from tenancy.models import Job, Membership


class CannotMerge(ValueError):
    pass


class CannotUnmerge(ValueError):
    pass


class CannotAssign(ValueError):
    pass


class Busy(Exception):
    pass


class Group(NamedTuple):
    survivor_id: UUID
    absorbed_ids: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class Value:
    customer_id: UUID
    value: str
    source: str = ""
    trust: int | None = None
    at: object = None


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    label: str
    values: list[Value | None]
    survivor_id: UUID | None
    why: str
    is_same: bool


@dataclass(frozen=True, slots=True)
class Kept:
    label: str
    counts: list[object]


@dataclass(frozen=True, slots=True)
class Preview:
    survivor: Customer
    customers: list[Customer]
    lines: list[Line]
    kept: list[Kept]
    problems: list[str]


@dataclass(slots=True)
class Node:
    customer: Customer
    records: list[SourceRecord] = field(default_factory=list)
    merges: list["Step"] = field(default_factory=list)


@dataclass(slots=True)
class Step:
    merge: Merge
    members: list[Node]

    @property
    def is_undone(self) -> bool:
        return self.merge.undone_at is not None


@dataclass(frozen=True, slots=True)
class Lineage:
    root: Node
    merges: list[Merge]


@dataclass
class Unmerged:
    merge: Merge
    later: list[LaterRow]


def choose_survivor(customers: Sequence[Customer]) -> Customer:
    return min(customers, key=lambda one: (one.created_at, one.id))


def merge(survivor, absorbed, *, origin, by: Membership | None, job: Job | None = None) -> Merge:
    absorbed = list(absorbed)
    ids = [survivor.id, *(one.id for one in absorbed)]
    if len(set(ids)) < 2 or len(set(ids)) != len(ids) or len(ids) > 51:
        raise CannotMerge("The same customer twice.")
    golden.hold(ids)
    rows = Customer.objects.in_bulk(ids)
    if len(rows) != len(ids) or any(one.erased_at or one.merged_into_id for one in rows.values()):
        raise CannotMerge("One of them was erased or merged meanwhile.")
    if len({one.kind for one in rows.values()}) > 1:
        raise CannotMerge("A person and a company are not one.")
    done = Merge.objects.create(survivor=survivor, origin=origin, by=by, job=job)
    for one in absorbed:
        member = MergeMember.objects.create(merge=done, customer=one)
        for record in one.records.all():
            MergeMove.objects.create(member=member, model="customers.sourcerecord", row_id=record.id)
        SourceRecord.objects.filter(customer=one).update(customer=survivor)
        Identifier.objects.filter(customer=one).update(customer=survivor)
        Customer.objects.filter(id=one.id).update(
            merged_into=survivor, name="", name_key="", pinyin="", phone=None, email=None
        )
    identities.refresh({survivor.id})
    return done


def merge_many(groups, *, origin, by, job=None) -> list[Merge]:
    done = []
    for group in groups:
        rows = Customer.objects.in_bulk([group.survivor_id, *group.absorbed_ids])
        done.append(
            merge(rows[group.survivor_id], [rows[id] for id in group.absorbed_ids], origin=origin, by=by, job=job)
        )
    return done


def unmerge(merge: Merge, *, by) -> Unmerged:
    if merge.undone_at:
        raise CannotUnmerge("It is undone already.")
    for member in merge.members.select_related("customer"):
        ids = list(member.moves.values_list("row_id", flat=True))
        SourceRecord.objects.filter(id__in=ids).update(customer=member.customer)
        Identifier.objects.filter(record_id__in=ids).update(customer=member.customer)
        Customer.objects.filter(id=member.customer_id).update(merged_into=None)
    identities.refresh({merge.survivor_id, *merge.members.values_list("customer_id", flat=True)})
    merge.undone_at, merge.undone_by = timezone.now(), by
    merge.save(update_fields=["undone_at", "undone_by"])
    return Unmerged(merge, list(merge.later_rows.all()))


def preview(customers: Sequence[Customer], survivor: Customer) -> Preview:
    customers = [survivor, *(one for one in customers if one.id != survivor.id)]
    told: dict[str, list[Any]] = {}
    versions = SourceVersion.objects.standing().filter(record__customer__in=customers).select_related("record__source")
    for version in versions:
        for name, value in projection.opened(version.content).items():
            if value and name in LABELS:
                source = version.record.source
                told.setdefault(name, []).append(
                    (source.trust, version.at, version.record.customer_id, value, source.key)
                )
    lines = []
    for name in projection.FIELDS:
        if name in told:
            best = {one[2]: one for one in sorted(told[name])}
            winner = max(told[name])
            values = [
                Value(one.id, shown(name, best[one.id][3]), best[one.id][4], best[one.id][0], best[one.id][1])
                if one.id in best
                else None
                for one in customers
            ]
            same = len({value.value for value in values if value}) < 2
            lines.append(Line(name, str(LABELS[name]), values, winner[2], "The newest source says so.", same))
    kept = [Kept("Source record", [one.records.count() for one in customers])]
    return Preview(survivor, customers, lines, kept, [])


def root(customer_id: UUID) -> UUID:
    return roots([customer_id])[customer_id]


def roots(ids) -> dict[UUID, UUID]:
    found = {}
    for id in ids:
        now = id
        while above := Customer.objects.filter(id=now).values_list("merged_into_id", flat=True).first():
            now = above
        found[id] = now
    return found


def lineage(customer: Customer) -> Lineage:
    def node(one: Customer) -> Node:
        into = Merge.objects.filter(survivor=one).order_by("at").prefetch_related("members__customer")
        steps = [
            Step(m, [Node(x.customer) if m.undone_at else node(x.customer) for x in m.members.all()]) for m in into
        ]
        return Node(one, list(one.records.select_related("source")), steps)

    return Lineage(node(customer), list(Merge.objects.filter(survivor=customer).order_by("-at")))


def later_rows(merge: Merge):
    return merge.later_rows.order_by("id")


def assign(later: LaterRow, customer: Customer, *, by) -> None:
    later.assigned_to, later.assigned_by, later.assigned_at = customer, by, timezone.now()
    later.save(update_fields=["assigned_to", "assigned_by", "assigned_at"])
