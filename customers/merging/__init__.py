"""Stands in until merging is here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
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


class CannotMerge(Exception):
    pass


class Group(NamedTuple):
    survivor_id: UUID
    absorbed_ids: Sequence[UUID]


class Value(NamedTuple):
    text: str
    survives: bool
    source: str
    at: datetime | None


@dataclass
class Row:
    key: str
    label: str
    values: list[Value]
    why: str


@dataclass
class Preview:
    customers: list[Customer]
    survivor: Customer
    rows: list[Row] = field(default_factory=list)
    counts: list[tuple[str, int]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass
class Node:
    customer: Customer
    records: list[SourceRecord] = field(default_factory=list)
    merge: Merge | None = None
    members: list["Node"] = field(default_factory=list)


@dataclass
class Lineage:
    root: Node
    undone: list[Merge]


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
        raise CannotMerge("It is undone already.")
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
    told: dict[str, list[tuple[int, datetime, UUID, str, str]]] = {}
    versions = SourceVersion.objects.standing().filter(record__customer__in=customers).select_related("record__source")
    for version in versions:
        for name, value in projection.opened(version.content).items():
            source = version.record.source
            if value and name in LABELS:
                told.setdefault(name, []).append(
                    (source.trust, version.at, version.record.customer_id, value, source.key)
                )
    rows = []
    for name in projection.FIELDS:
        if name not in told:
            continue
        best: dict[UUID, Any] = {}
        for one in sorted(told[name]):
            best[one[2]] = one
        winner = max(told[name])
        values = []
        for customer in customers:
            one = best.get(customer.id)
            values.append(
                Value(shown(name, one[3]), one[3] == winner[3], one[4], one[1]) if one else Value("", False, "", None)
            )
        rows.append(Row(name, str(LABELS[name]), values, "the most trusted source"))
    return Preview(list(customers), survivor, rows, [], [])


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
    def node(one: Customer, merge=None) -> Node:
        below = Merge.objects.filter(survivor=one, undone_at=None).order_by("-at").prefetch_related("members__customer")
        members = [node(member.customer, merge) for merge in below for member in merge.members.all()]
        return Node(one, list(one.records.select_related("source")), merge, members)

    undone = Merge.objects.filter(survivor=customer).exclude(undone_at=None).order_by("-undone_at")
    return Lineage(node(customer), list(undone))


def later_rows(merge: Merge):
    return merge.later_rows.order_by("id")


def assign(later: LaterRow, customer: Customer, *, by) -> None:
    later.assigned_to, later.assigned_by, later.assigned_at = customer, by, timezone.now()
    later.save(update_fields=["assigned_to", "assigned_by", "assigned_at"])
