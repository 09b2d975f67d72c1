"""Where a customer's records come from: sources, and the merges that have brought them together."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from customers import roots
from customers.merging.later import homes
from customers.models import Customer, Merge, MergeMember, SourceRecord


@dataclass(slots=True)
class Node:
    """A customer in the lineage: its own records, and the merges into it, oldest first. One that was merged has the
    `merge` it is a member of."""

    customer: Customer
    records: list[SourceRecord] = field(default_factory=list)
    merges: list["Step"] = field(default_factory=list)


@dataclass(slots=True)
class Step:
    """A merge in the lineage with whom it took; of an undone one the members stand elsewhere and are leaves."""

    merge: Merge
    members: list[Node]

    @property
    def at(self) -> datetime:
        return self.merge.at

    @property
    def is_undone(self) -> bool:
        return self.merge.undone_at is not None


@dataclass(frozen=True, slots=True)
class Lineage:
    """`root` is who has the rows now; `merges` are all in the tree, newest first, standing and undone."""

    root: Node
    merges: list[Merge]


def lineage(customer: Customer) -> Lineage:
    """The whole tree that the customer stands in, in a handful of queries however large it is."""
    root_id = roots.root(customer.id)
    ids = [root_id, *roots.below([root_id])]
    merges = list(
        Merge.objects.filter(survivor_id__in=ids)
        .select_related("by__user", "undone_by__user", "job")
        .order_by("at", "id")
    )
    members: dict[UUID, list[UUID]] = {}
    for merge_id, customer_id in (
        MergeMember.objects.filter(merge__in=merges).order_by("id").values_list("merge_id", "customer_id")
    ):
        members.setdefault(merge_id, []).append(customer_id)
    known = Customer.objects.in_bulk({*ids, *(id for group in members.values() for id in group)})
    nodes = {id: Node(known[id]) for id in ids}
    for record, home in _records(root_id):
        nodes.get(home, nodes[root_id]).records.append(record)
    for merge in merges:
        told = [_node(id, merge, nodes, known) for id in members.get(merge.id, ()) if id != merge.survivor_id]
        nodes[merge.survivor_id].merges.append(Step(merge, told))
    return Lineage(nodes[root_id], merges[::-1])


def _node(id: UUID, merge: Merge, nodes: dict[UUID, Node], known: dict[UUID, Customer]) -> Node:
    return Node(known[id]) if merge.undone_at else nodes[id]


def _records(root_id: UUID) -> Collection[tuple[SourceRecord, UUID]]:
    where = homes(SourceRecord._meta.label, root_id)
    rows = SourceRecord.objects.filter(customer_id=root_id).select_related("source").order_by("id")
    return [(record, where.get(record.id, root_id)) for record in rows]
